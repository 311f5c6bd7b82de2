// SPDX-License-Identifier: Apache-2.0

/// Rewrites what a kernel does not know as something that it does, in records of the same size.
package struct BTFSanitiser {
    private var editor: BTFEditor
    private let missing: BTFFeatures
    private var placeholder: Int?

    package init(_ editor: BTFEditor, missing: BTFFeatures) {
        self.editor = editor
        self.missing = missing
    }

    package mutating func run() throws(BTFError) -> [UInt8] {
        let btf = editor.btf
        let isTold = !missing.contains(.layout)
        if missing.isEmpty { return editor.blob(withLayout: true) }
        for id in btf.firstID..<btf.endID {
            guard let type = btf[id] else {
                guard isTold else { throw .unknownKind(btf.kindNumber(of: id) ?? 0, id: id) }
                continue
            }
            rewrite(type)
        }
        return editor.blob(withLayout: isTold)
    }

    private mutating func rewrite(_ type: BTFType) {
        let name = editor.word(type, 0)
        switch type.kind {
        case .variable where missing.contains(.dataSections),
            .declarationTag where missing.contains(.declarationTags):
            // The smallest, so that it fits where the variable was.
            editor.become(type, .int, name: name, sizeOrType: 1)
            editor.set(type, 3, 8)
        case .dataSection where missing.contains(.dataSections): section(type)
        case .dataSection where missing.contains(.questionMarkDataSections):
            let text = editor.btf.name(of: type)
            guard text.utf8.first == UInt8(ascii: "?") else { return }
            editor.set(type, 0, editor.string("_" + text.dropFirst()))
        case .prototype where missing.contains(.functions):
            // Every name of an enumeration needs one.
            BTFPreparation.nameParameters(of: type, "unnamed", &editor, evenVariadic: true)
            editor.become(type, .enum, name: 0, count: type.count, sizeOrType: 4)
        case .function where missing.contains(.functions): editor.become(type, .typedef, name: name)
        case .function where missing.contains(.globalFunctions): editor.become(type, .function, name: name)
        case .float where missing.contains(.floats): editor.become(type, .structure, name: 0)
        case .typeTag where missing.contains(.typeTags): editor.become(type, .const, name: 0)
        case .enum where missing.contains(.enum64): editor.become(type, .enum, name: name, count: type.count)
        case .enum64 where missing.contains(.enum64):
            let member = placeholder ?? editor.add(.int, name: "enum64_placeholder", 1, body: 8)
            placeholder = member
            editor.become(type, .union, name: name, count: type.count)
            for index in 0..<type.count {
                editor.set(type, 4 + 3 * index, member)
                editor.set(type, 5 + 3 * index, 0)
            }
        default: break
        }
    }

    /// A section becomes a structure whose members are its variables.
    private mutating func section(_ type: BTFType) {
        let name = editor.btf.name(of: type).utf8.map { $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "?") ? 0x5f : $0 }
        editor.become(
            type, .structure, name: editor.string(String(decoding: name, as: UTF8.self)), count: type.count)
        for index in 0..<type.count {
            let variable = editor.word(type, 3 + 3 * index)
            let offset = editor.word(type, 4 + 3 * index)
            editor.set(type, 3 + 3 * index, editor.btf[variable].map { editor.word($0, 0) } ?? 0)
            editor.set(type, 4 + 3 * index, variable)
            editor.set(type, 5 + 3 * index, offset * 8)
        }
    }
}
