// SPDX-License-Identifier: Apache-2.0

import BPFObject
import CBPF
import Foundation
import Testing

/// A program of two instructions or little more, loaded as any type, whose runs the kernel counts.
final class TinyProgram {
    let descriptor: Int32

    /// What bpf(2) said.
    struct Refusal: Error {
        let errno: Int32
    }

    /// `r0 = 0; exit`.
    static let nothing: [UInt64] = [0xb7, 0x95]
    /// `r0 = *(u64 *)(r1 + offset); r0 = 0; exit`.
    static func reading(context offset: Int16) -> [UInt64] {
        [0x79 | 0x10 << 8 | UInt64(UInt16(bitPattern: offset)) << 16] + nothing
    }

    /// Loads a program.
    ///
    /// - Parameter section: What tells type, attach type, flags and target.
    init(section: String, code: [UInt64] = nothing) throws {
        let convention = try #require(SectionConvention(section: section))
        var attr = cbpf_prog_load_sizing_attr()
        attr.load.prog_type = convention.type.rawValue
        attr.load.expected_attach_type = convention.expectedAttachType?.rawValue ?? 0
        attr.load.prog_flags = convention.isSleepable ? 1 << 4 : 0
        attr.load.insn_cnt = UInt32(code.count)
        if case .tracing(let kind, _, let target) = convention.attach {
            let id = KernelTypes.id(named: kind.prefix + target, kind: kind.isTypedef ? .typedef : .function)
            attr.attach_btf_id = UInt32(try #require(id, "the kernel's BTF has \(kind.prefix + target)"))
        }
        descriptor = code.withUnsafeBytes { code in
            "GPL".withCString { license in
                attr.load.insns = UInt64(UInt(bitPattern: code.baseAddress))
                attr.load.license = UInt64(UInt(bitPattern: license))
                return cbpf_bpf(Int32(CBPF_PROG_LOAD), &attr, UInt32(MemoryLayout.size(ofValue: attr)))
            }
        }
        guard descriptor >= 0 else { throw Refusal(errno: errno) }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// How often it ran while the kernel's counting was on.
    var runs: UInt64 {
        var info = cbpf_prog_info()
        let size = UInt32(MemoryLayout.size(ofValue: info))
        let result = withUnsafeMutablePointer(to: &info) { info in
            var attr = cbpf_info_attr(
                bpf_fd: UInt32(descriptor), info_len: size, info: UInt64(UInt(bitPattern: info)))
            return cbpf_bpf(Int32(CBPF_OBJ_GET_INFO_BY_FD), &attr, UInt32(MemoryLayout.size(ofValue: attr)))
        }
        return result == 0 ? info.run_cnt : 0
    }
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
