// SPDX-License-Identifier: Apache-2.0

import BTF
import Foundation
import Testing

@testable import BPFCore
@testable import BPFObject

/// Types of objects in kernels that know all of them, and in those that do not.
extension KernelTests {
    @Suite(.cell("default"), .kernels("6.1"))
    struct Types {
        /// Loads types as the loader does: as they are, and else as far as the kernel takes them.
        ///
        /// - Returns: What bpftool shows of them, and whether they had to be changed.
        private func load(_ preparation: BTFPreparation) throws -> (dump: String, isChanged: Bool) {
            var isChanged = false
            let handle: BTFHandle
            if let whole = try? BTFHandle.load(preparation.bytes(for: BTFFeatures(BTFFeature.allCases))) {
                handle = whole
            } else {
                isChanged = true
                handle = try BTFHandle.load(
                    preparation.bytes(for: KernelFeatures().support(for: preparation.usedFeatures)))
            }
            let dump = try shell("bpftool btf dump id \(handle.info().id)")
            extendLifetime(handle)
            return (dump, isChanged)
        }

        /// A type for each kind that kernels came to know one by one, between types that all know.
        private static func everyKind() throws -> BTF {
            var builder = BTFBuilder()
            let int = builder.int("int", isSigned: true)
            let float = builder.float("double", size: 8)
            let tagged = builder.pointer(to: builder.typeTag("user", on: int))
            let wide = builder.enumeration64("wide", [("WIDE", 1 << 40)])
            let signed = builder.enumeration("signed", isSigned: true, [("MINUS", -1)])
            let structure = builder.structure(
                "holder", size: 40,
                [
                    .init("number", int), .init("real", float, bitOffset: 64), .init("link", tagged, bitOffset: 128),
                    .init("wide", wide, bitOffset: 192), .init("signed", signed, bitOffset: 256),
                ])
            _ = builder.declarationTag("mark", on: structure, component: 1)
            let variable = builder.variable("state", type: structure)
            _ = builder.dataSection(".bss", [(variable, 0, 40)])
            let prototype = builder.prototype(returning: int, [("holder", builder.pointer(to: structure))])
            _ = builder.function("work", type: prototype)
            _ = builder.typedef("last", to: int)
            return try BTF(parsing: builder.build())
        }

        @Test func `types of every kind load, and what the kernel does not know leaves the others as they are`() throws
        {
            let preparation = try BTFPreparation(Self.everyKind(), sections: [".bss": (40, ["state": 0])])
            let (dump, isChanged) = try load(preparation)
            #expect(isChanged == (Lab.kernel == "5.10"))
            #expect(dump.contains("STRUCT 'holder' size=40 vlen=5"), "\(dump)")
            for member in ["number", "real", "link", "wide", "signed"] {
                #expect(dump.contains("'\(member)'"), "\(dump)")
            }
            #expect(dump.contains("TYPEDEF 'last'") && dump.contains("FUNC 'work'"), "\(dump)")
            #expect(dump.contains("DATASEC '.bss' size=40"), "\(dump)")
            #expect(dump.contains("FLOAT 'double'") == !isChanged, "\(dump)")
            #expect(dump.contains("DECL_TAG 'mark'") == !isChanged, "\(dump)")
            #expect(dump.contains("TYPE_TAG 'user'") == !isChanged, "\(dump)")
            #expect(dump.contains("ENUM64 'wide'") == !isChanged, "\(dump)")
        }

        @Test func `the types of every object of the corpus load`() throws {
            let folder = Lab.fixtures + "/corpus"
            var count = 0
            let files = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
            for file in Lab.share(of: files.filter { $0.hasSuffix(".o") }) {
                let bytes = try [UInt8](Data(contentsOf: URL(filePath: folder + "/" + file)))
                guard let object = try? Object(parsing: bytes, name: file), object.byteOrder == .native,
                    let types = object.typeInfo.types
                else { continue }
                let preparation = BTFPreparation(
                    types, sections: object.typePlaces.sections, hiddenNames: object.typePlaces.hiddenNames)
                do {
                    let (dump, _) = try load(preparation)
                    #expect(object.programs.isEmpty || dump.contains("FUNC '"), "\(file): \(dump)")
                    count += 1
                } catch {
                    Issue.record("\(file): \(error)")
                }
            }
            #expect(count >= 30)
        }

        @Test func `a member that the kernel does not have is named with its line, its like and the guard`() throws {
            let before = Machine.now
            let outcome = try run("load-kp-bpf", "--load-only", Lab.fixtures + "/missing_member.o")
            #expect(outcome.status == 70, "\(outcome)")
            for part in [
                "reads_missing: struct task_struct has no member `pidd` in this kernel", "missing_member.c:15",
                "&task->pidd", "`pid`", "bpf_core_field_exists()",
            ] { #expect(outcome.stderr.contains(part), "\(part): \(outcome)") }
            #expect(before.isRestored())
        }
    }
}
