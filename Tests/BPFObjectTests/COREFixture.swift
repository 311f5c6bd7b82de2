// SPDX-License-Identifier: Apache-2.0

import BTF
import TestSupport

@testable import BPFObject

/// The types, relocations and code of a compiled object, as far as CO-RE is concerned.
struct COREFixture {
    let types: BTF
    let relocations: [CORERelocation]
    let code: [Instruction]

    private static let head = """
        #define CORE __attribute__((preserve_access_index))
        #define SECTION __attribute__((section("prog"), used))
        #define OFFSET(access) __builtin_preserve_field_info(access, 0)
        #define SIZE(access) __builtin_preserve_field_info(access, 1)
        #define EXISTS(access) __builtin_preserve_field_info(access, 2)
        #define SIGNED(access) __builtin_preserve_field_info(access, 3)
        #define LEFT(access) __builtin_preserve_field_info(access, 4)
        #define RIGHT(access) __builtin_preserve_field_info(access, 5)
        #define LOCAL_ID(type) __builtin_btf_type_id(*(type *)0, 0)
        #define TARGET_ID(type) __builtin_btf_type_id(*(type *)0, 1)
        #define TYPE_EXISTS(type) __builtin_preserve_type_info(*(type *)0, 0)
        #define TYPE_SIZE(type) __builtin_preserve_type_info(*(type *)0, 1)
        #define TYPE_MATCHES(type) __builtin_preserve_type_info(*(type *)0, 2)
        #define VALUE_EXISTS(type, value) __builtin_preserve_enum_value(*(type *)value, 0)
        #define VALUE(type, value) __builtin_preserve_enum_value(*(type *)value, 1)
        typedef unsigned char u8; typedef unsigned short u16; typedef unsigned int u32; typedef unsigned long long u64;

        """

    struct NoTypes: Error {}

    /// Compiles declarations and the body of one function, whose context is `void *ctx`.
    init(_ declarations: String, _ body: String = "return 0;", target: String = "bpf") throws {
        let source = Self.head + declarations + "\nSECTION u64 function(void *ctx) { " + body + " }\n"
        let file = try ELFFile(
            compileBPF(source: source, target: target, arguments: ["-g", "-Wno-everything"]))
        let info = ObjectTypeInfo(file)
        guard let types = info.types, let extra = info.extra, let section = file.firstSection(named: "prog") else {
            throw NoTypes()
        }
        let reader = try file.bytes(of: section)
        self.types = types
        code = (0..<(reader.count / Instruction.size)).compactMap {
            Instruction(reading: reader, at: $0 * Instruction.size)
        }
        relocations = try (extra.relocations.sections["prog"] ?? []).map {
            try CORERelocation($0, of: extra.relocations, types: types)
        }
    }

    /// A relocator of this object's relocations.
    func relocator(_ target: BTF, modules: [BTF] = []) -> CORERelocator {
        CORERelocator(
            local: types,
            targets: FixedRelocationTargets(
                kernel: BTFNameIndex(target), modules: modules.map { BTFNameIndex($0) }))
    }

    /// The answers of a kernel to all relocations in their order; nil where there is none.
    func answers(_ target: BTF, modules: [BTF] = []) throws -> [UInt64?] {
        var relocator = relocator(target, modules: modules)
        return try relocations.map { try relocator.resolve($0).newValue }
    }

    /// The same in ascending order, those without an answer first.
    func sorted(_ target: BTF) throws -> [UInt64?] {
        try answers(target).sorted { left, right in
            guard let left, let right else { return left == nil && right != nil }
            return left < right
        }
    }

    /// What becomes of the instructions, and the code after that.
    func applied(_ target: BTF) throws -> (outcomes: [COREOutcome], code: [Instruction]) {
        var relocator = relocator(target)
        var code = code
        let outcomes = try relocations.map { try relocator.apply($0, to: &code, at: $0.instruction) }
        return (outcomes, code)
    }
}

/// The types of a kernel, from C declarations; a variable or function must use each of them.
func kernelTypes(_ declarations: String, target: String = "bpf") throws -> BTF {
    try COREFixture(declarations, target: target).types
}

extension COREOutcome {
    /// The failure of a poisoned instruction.
    var failure: COREFailure? {
        if case .poisoned(let failure) = self { return failure }
        return nil
    }
}
