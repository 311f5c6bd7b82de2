// SPDX-License-Identifier: Apache-2.0

internal import BTF
internal import Diagnostics

/// A structure of an object as one kernel has it: what a map of struct_ops is made with, and what is put into it.
package struct StructureLayout: Sendable, Equatable {
    /// A member that is a program.
    package struct Function: Sendable, Equatable {
        /// The number of the member in the kernel's structure, which its program is loaded for.
        package let member: UInt32
        /// Its name.
        package let name: String
        /// Where the program's descriptor goes in the map's value, in bytes.
        package let offset: Int
        /// The program, by the name of its function.
        package let program: String
    }

    /// The name of the structure in the kernel.
    package let type: String
    /// Its type in the kernel's BTF, which programs are loaded for.
    package let object: KernelObject
    /// The id of the type of the map's value, in the same BTF.
    package let valueTypeID: UInt32
    /// The map's value, but for the descriptors of programs.
    package let value: [UInt8]
    /// The programs in it, in the order of the kernel's members.
    package let functions: [Function]
    /// Functions that the kernel has, and that the object has none for.
    package let unset: Set<String>
    /// The name in it by which the kernel knows it, such as that of a congestion control; nil if it has no such member.
    package let registeredName: String?
}

/// Finds the members of an object's structure in the kernel's, by their names.
struct StructureMatcher {
    let map: MapDefinition
    let structure: StructureDefinition
    /// The object's types.
    let types: BTF
    let kernel: KernelStructure

    /// Bytes of a map's value: the largest structures of kernels have some hundred.
    private static let largestValue = 1 << 20

    /// A member of the object that the kernel does not have, and its program.
    struct Left {
        let member: String
        let program: String
    }

    /// The structure as the kernel has it, and the programs that it has no members for.
    ///
    /// Members that the kernel lacks and that are zero do not matter to it; so it is with libbpf.
    func match() throws(ObjectError) -> (layout: StructureLayout, left: [Left]) {
        guard let own = types[structure.typeID], let target = kernel.types[kernel.id],
            let size = kernel.types.size(of: kernel.valueID), size <= Self.largestValue, kernel.offset <= size,
            target.sizeOrType <= size - kernel.offset
        else { throw fail("the kernel's types do not tell its size") }
        var members: [String: (index: Int, member: BTFMember)] = [:]
        for (index, member) in kernel.types.members(of: target).enumerated() {
            let name = kernel.types.string(member.nameOffset)
            if !name.isEmpty, members[name] == nil { members[name] = (index, member) }
        }
        var value = [UInt8](repeating: 0, count: size)
        var functions: [StructureLayout.Function] = []
        var left: [Left] = []
        var registered: String?
        for (index, member) in types.members(of: own).enumerated() {
            let name = types.string(member.nameOffset)
            let program = structure.functions[index]
            let bytes = try bytes(of: member, name)
            guard let found = members[name], !name.isEmpty else {
                if let program {
                    left.append(Left(member: name, program: program))
                } else if bytes.contains(where: { $0 != 0 }) {
                    throw lacking(name, near: EditDistance.names(near: name, among: members.keys.sorted()))
                }
                continue
            }
            let place = kernel.offset + found.member.bitOffset / 8
            if let program {
                try checkFunction(found.member, name)
                guard place <= size - BTF.pointerSize else { throw fail("\(name) lies beyond the kernel's structure") }
                functions.append(
                    StructureLayout.Function(
                        member: UInt32(truncatingIfNeeded: found.index), name: name, offset: place, program: program))
                continue
            }
            if name == "name", types.resolved(member.type)?.kind == .array {
                registered = String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard bytes.contains(where: { $0 != 0 }) else { continue }
            try check(member, found.member, name)
            guard place <= size - bytes.count else { throw fail("\(name) lies beyond the kernel's structure") }
            value.replaceSubrange(place..<(place + bytes.count), with: bytes)
        }
        let set = Set(functions.map(\.name))
        let unset = members.filter { !set.contains($0.key) && isFunction($0.value.member) }
        let layout = StructureLayout(
            type: structure.type,
            object: KernelObject(id: UInt32(truncatingIfNeeded: kernel.id), module: kernel.module),
            valueTypeID: UInt32(truncatingIfNeeded: kernel.valueID), value: value,
            functions: functions.sorted { $0.member < $1.member }, unset: Set(unset.keys),
            registeredName: registered)
        return (layout, left)
    }

    // MARK: - Members

    /// The bytes of a member; of a bit-field those that it lies in.
    private func bytes(of member: BTFMember, _ name: String) throws(ObjectError) -> ArraySlice<UInt8> {
        let start = member.bitOffset / 8
        let end =
            member.bitSize != 0
            ? (member.bitOffset + member.bitSize + 7) / 8 : types.size(of: member.type).map { start + $0 }
        guard let end, start <= end, end <= structure.bytes.count else {
            throw fail("the size of its member \(name) is not known")
        }
        return structure.bytes[start..<end]
    }

    /// Whether a member of the kernel's structure is a function.
    private func isFunction(_ member: BTFMember) -> Bool {
        guard let pointer = kernel.types.resolved(member.type), pointer.kind == .pointer else { return false }
        return kernel.types.resolved(pointer.sizeOrType)?.kind == .prototype
    }

    private func checkFunction(_ member: BTFMember, _ name: String) throws(ObjectError) {
        guard isFunction(member), member.bitOffset % 8 == 0 else {
            throw fail(
                "its member \(name) is a program, and the kernel has \(kernel.types.describe(member.type)) there")
        }
    }

    /// Whether the value of one member can be that of the other.
    private func check(_ own: BTFMember, _ other: BTFMember, _ name: String) throws(ObjectError) {
        guard own.bitSize == 0, other.bitSize == 0, own.bitOffset % 8 == 0, other.bitOffset % 8 == 0 else {
            throw fail("its member \(name) is a bit-field, and has a value")
        }
        guard let type = types.resolved(own.type), let target = kernel.types.resolved(other.type) else {
            throw fail("the type of its member \(name) is not known")
        }
        guard type.kind != .pointer else {
            throw fail("its member \(name) is a pointer with a number in it: only programs can be pointed to")
        }
        guard kind(type) == kind(target) else { throw differing(own, other, name) }
        guard let size = types.size(of: own.type), size == kernel.types.size(of: other.type) else {
            throw differing(own, other, name)
        }
    }

    /// The kind of a type, where all numbers are one kind.
    private func kind(_ type: BTFType) -> BTFKind {
        [.int, .enum, .enum64].contains(type.kind) ? .int : type.kind
    }

    // MARK: - Errors

    private func differing(_ own: BTFMember, _ other: BTFMember, _ name: String) -> ObjectError {
        func words(_ types: BTF, _ id: Int) -> String {
            types.describe(id) + (types.size(of: id).map { " of \($0) bytes" } ?? "")
        }
        return fail(
            "its member \(name) is \(words(types, own.type)), and in this kernel \(words(kernel.types, other.type))")
    }

    private func lacking(_ name: String, near: [String]) -> ObjectError {
        var error = fail(
            "it gives a value to the member \(name.isEmpty ? "without a name" : name), which this kernel's "
                + "\(structure.type) does not have",
            hint: near.isEmpty
                ? "use a newer kernel, or leave the member zero"
                : "did you mean \(.chooseName(near), near.joined(separator: ", "))?")
        error.symbol = name
        return error
    }

    private func fail(_ cause: String, hint: Diagnostic.Hint? = nil) -> ObjectError {
        map.structureError(
            .structOpsUnsupported, "the kernel cannot take the structure \(map.name) (\(structure.type))",
            cause: cause, hint: hint)
    }
}

extension MapDefinition {
    /// An error about the structure of functions that the map is.
    func structureError(
        _ code: Diagnostic.Code, _ message: String, cause: String, hint: Diagnostic.Hint? = nil
    ) -> ObjectError {
        var error = ObjectError(
            .environment(Diagnostic(code, stage: .program, message, cause: cause, nextStep: hint)))
        (error.section, error.map) = (section, name)
        return error
    }
}
