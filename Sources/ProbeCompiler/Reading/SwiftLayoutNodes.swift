// SPDX-License-Identifier: Apache-2.0

import Diagnostics

/// What nodes of types say.
extension SwiftLayout {
    /// Whether a node is a structure with members, and no enumeration.
    func hasMembers(_ node: IRNode) -> Bool {
        guard node.word("tag") == "DW_TAG_structure_type", cases(node) == nil else { return false }
        return metadata.items(node.reference("elements")).contains { metadata[$0]?.word("tag") == "DW_TAG_member" }
    }

    /// The cases of an enumeration that the compiler describes as variants of a structure, as it does without raw values.
    ///
    /// - Returns: nil if the structure is none, and nil within if a case carries a value.
    func cases(_ node: IRNode) -> [String]?? {
        let variants = metadata.items(node.reference("elements")).compactMap { metadata[$0] }.filter {
            $0.word("tag") == "DW_TAG_variant_part"
        }
        guard !variants.isEmpty else { return nil }
        var names: [String] = []
        for number in variants.flatMap({ metadata.items($0.reference("elements")) }) {
            guard let member = metadata[number], let name = member.text("name"), member.reference("baseType") == nil
            else { return .some(nil) }
            names.append(name)
        }
        return names
    }

    /// The cases of an enumeration of the kernel; none for a structure.
    func casesOfKernel(_ node: IRNode) -> [String] {
        guard node.word("tag") == "DW_TAG_enumeration_type" else { return (cases(node) ?? nil) ?? [] }
        return metadata.items(node.reference("elements")).compactMap { metadata[$0]?.text("name") }
    }
}

/// Why a type has no form in C.
extension SwiftLayout {
    func unknown(_ what: String, _ type: String, _ place: SourcePlace) -> ProbeError {
        ProbeError(
            .probeEventType, "\(what) has no form in C", at: place,
            cause: "it is of the type \(type), which programs outside of Swift cannot read",
            nextStep: Self.advice(type))
    }

    func inPadding(_ name: String, _ member: String, _ before: String, _ place: SourcePlace) -> ProbeError {
        ProbeError(
            .probeEventType, "\(name).\(member) has no form in C", at: place,
            cause: "Swift puts it into the padding at the end of \(before)",
            nextStep: "put \(member) before \(before), or give the structure of \(before) a last member")
    }

    private static func advice(_ type: String) -> Diagnostic.Hint {
        if type.hasSuffix("?") || type.hasPrefix("Optional") {
            return "write a value that means none, such as 0, or a Bool beside it"
        }
        if type.hasPrefix("(") { return "write a struct with named members" }
        if type == "String" { return "write Text<64>: text of at most that many bytes" }
        if type.hasPrefix("Array") || type.hasPrefix("[") {
            return "write InlineArray<8, UInt32>: as many elements as are fixed"
        }
        if type == "Double" || type == "Float" {
            return "write an integer in a smaller unit: BPF has no floating point"
        }
        return "use integers, Bool, Text<N>, InlineArray, enumerations without payload, and structs of them"
    }

    func refusedName(_ name: String, _ fault: String, _ place: SourcePlace) -> ProbeError {
        ProbeError(
            .probeName, "the name \(name) cannot be used", at: place, cause: fault, nextStep: "choose another name")
    }
}
