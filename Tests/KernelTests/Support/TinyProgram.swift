// SPDX-License-Identifier: Apache-2.0

import BTF
import BPFCore
import BPFObject
import Foundation
import Testing

/// A program of two instructions or little more, loaded as any type, whose runs the kernel counts.
final class TinyProgram {
    private let handle: Program

    /// `r0 = 0; exit`.
    static let nothing = [Instruction(code: 0xb7), Instruction(code: 0x95)]
    /// `r0 = value; exit`.
    static func returning(_ value: Int32) -> [Instruction] {
        [Instruction(code: 0xb7, immediate: value), Instruction(code: 0x95)]
    }
    /// Of a packet: `set_hash_invalid(skb); get_hash_recalc(skb); return 0`.
    static let askingForHash =
        [
            Instruction(code: 0xbf, destination: 6, source: 1), Instruction(code: 0x85, immediate: 41),
            Instruction(code: 0xbf, destination: 1, source: 6), Instruction(code: 0x85, immediate: 34),
        ] + nothing
    /// `r0 = *(u64 *)(r1 + offset); r0 = 0; exit`.
    static func reading(context offset: Int16) -> [Instruction] {
        [Instruction(code: 0x79, source: 1, offset: offset)] + nothing
    }

    /// Loads a program.
    ///
    /// - Parameter section: What tells type, attach type, flags and target.
    init(section: String, code: [Instruction] = nothing) throws {
        let convention = try #require(SectionConvention(section: section))
        var attributes = Program.Attributes(
            type: convention.type.rawValue, name: "tiny", instructions: code, license: "GPL",
            kernelVersion: KernelVersion.running(), expectedAttachType: convention.expectedAttachType?.rawValue ?? 0,
            flags: convention.isSleepable ? 1 << 4 : 0)
        if case .target(let target) = convention.target, let type = target.typeInKernel {
            let id = KernelTypes.id(named: type.name, kind: type.isTypedef ? .typedef : .function)
            attributes.attachBTFID = UInt32(try #require(id, "the kernel's BTF has \(type.name)"))
        }
        handle = try Program.load(attributes)
    }

    var descriptor: Int32 { handle.descriptor.rawValue }

    /// The kernel's id of it.
    var id: UInt32 { (try? handle.info().id) ?? 0 }

    /// How often it ran while the kernel's counting was on.
    var runs: UInt64 { (try? handle.info().runCount) ?? 0 }
}

/// The functions and type names of the running kernel.
private enum KernelTypes {
    private static let index: BTFNameIndex? = {
        guard let bytes = try? Data(contentsOf: URL(fileURLWithPath: "/sys/kernel/btf/vmlinux")),
            let btf = try? BTF(parsing: Array(bytes))
        else { return nil }
        return BTFNameIndex(btf, kinds: [.function, .typedef])
    }()

    static func id(named name: String, kind: BTFKind) -> Int? { index?.id(named: name, kind: kind) }
}
