// SPDX-License-Identifier: Apache-2.0

internal import BTF
package import Diagnostics

/// Why a kernel cannot answer a CO-RE relocation.
///
/// The instruction was made one that the verifier refuses if it can be reached (`invalid func unknown#195896080`); this
/// is what that refusal means.
package struct COREFailure: Sendable, Equatable {
    /// A type of the kernel that was looked at.
    package struct Candidate: Sendable, Equatable {
        /// Its id in the kernel's BTF, or in that of a module.
        package let id: Int
        /// The type, such as `struct task_struct`.
        package let type: String
        /// Why it is not the one.
        package let mismatch: COREMismatch
    }

    /// Which fact was asked.
    package let kind: CORERelocation.Kind
    /// What was asked for, such as `struct task_struct.state (0:17)`.
    package let specification: String
    /// The type that was looked for, as the object names it.
    package let type: String
    /// The first types of that name, each with the reason why it does not do; none if the kernel has no such type.
    package let candidates: [Candidate]
    /// Whether the kernel knows the type's name, but nothing of what it consists of.
    package let isOnlyDeclared: Bool

    /// The hint for a program that wants to run on such kernels too.
    package var hint: String {
        if isUserRegisters {
            return "include vmlinux.h in place of <asm/ptrace.h> and <linux/ptrace.h>, or put "
                + "#define __KERNEL__ before them and <bpf/bpf_tracing.h>"
        }
        return switch kind {
        case .enumeratorValue, .enumeratorExists: "guard the use with bpf_core_enum_value_exists()"
        case _ where kind.isType: "guard the use with bpf_core_type_exists()"
        default:
            if case .memorySize? = candidates.first?.mismatch {
                "read the field with BPF_CORE_READ_BITFIELD() or with bpf_core_read() and bpf_core_field_size()"
            } else if candidates.isEmpty {
                "guard the access with bpf_core_type_exists() or bpf_core_field_exists()"
            } else {
                "guard the access with bpf_core_field_exists()"
            }
        }
    }

    /// The hint in the words of BPFKit.
    var hintInSwift: String {
        let name = type.split(separator: " ").last.map { String($0) } ?? type
        let member = missingName ?? "member"
        return switch kind {
        case .enumeratorValue, .enumeratorExists: "guard the use with EnumValue(\(name).\(member)).exists"
        case _ where kind.isType || candidates.isEmpty: "guard the access with Kernel<\(name)>.exists"
        default: "guard the access with has(\\.\(member))"
        }
    }

    /// Whether the program reads `struct pt_regs` as user space has it, whose members have other names.
    ///
    /// bpf_tracing.h uses those names unless it sees the kernel's own headers.
    private var isUserRegisters: Bool {
        guard case .noMember(let name, "struct pt_regs", _)? = candidates.first?.mismatch else { return false }
        return Self.userRegisters.contains(name)
    }

    private static let userRegisters: Set<String> = [
        "rdi", "rsi", "rdx", "rcx", "rax", "rbx", "rbp", "rsp", "rip", "eflags", "orig_rax", "uregs",
    ]

    /// The member or enumerator that is missing.
    var missingName: String? {
        switch candidates.first?.mismatch {
        case .noMember(let name, _, _), .noEnumerator(let name, _, _): name
        default: nil
        }
    }

    /// Words of the line of C that asks for it, the surest first.
    var namesInSource: [String] {
        if let missingName { return [missingName] }
        guard candidates.isEmpty else { return [] }
        let member = specification.split(separator: ".").dropFirst().last?.prefix {
            $0 != " " && $0 != "(" && $0 != "["
        }
        return [type.split(separator: " ").last, member].compactMap { $0.map { String($0) } }.filter { !$0.isEmpty }
    }

    /// The reason as one sentence without a full stop.
    package var message: String {
        guard let first = candidates.first else {
            return isOnlyDeclared
                ? "this kernel only declares \(type): its BTF does not have the members" : "this kernel has no \(type)"
        }
        switch first.mismatch {
        case .noMember(let name, let type, _): return "\(type) has no member `\(name)` in this kernel"
        case .noEnumerator(let name, let type, _): return "\(type) has no enumerator `\(name)` in this kernel"
        default: return "\(specification) cannot be had in this kernel: \(first.mismatch)"
        }
    }

    /// The failure as the user sees it once the verifier has met the instruction.
    package var diagnostic: Diagnostic {
        var cause: String?
        switch candidates.first?.mismatch {
        case .noMember(_, _, let near), .noEnumerator(_, _, let near):
            if !near.isEmpty { cause = "nearest: " + near.map { "`\($0)`" }.joined(separator: ", ") }
        default: break
        }
        if isUserRegisters {
            cause = "the program was compiled with the struct pt_regs of user space, whose members have other names"
        }
        var details = ["the program asks for \(specification)"]
        if candidates.count > 1 { details += candidates.map { "candidate \($0.type) [\($0.id)]: \($0.mismatch)" } }
        return Diagnostic(
            .coreMissing, stage: .program, message, cause: cause, details: details, nextStep: Diagnostic.Hint(hint))
    }
}

extension COREFailure: CustomStringConvertible {
    /// The message, the nearest names and the hint in one line.
    package var description: String {
        [message, diagnostic.cause, hint].compactMap(\.self).joined(separator: "; ")
    }
}
