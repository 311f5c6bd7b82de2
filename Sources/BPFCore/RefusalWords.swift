// SPDX-License-Identifier: Apache-2.0

internal import BPFObject
internal import Diagnostics

/// What a refusal of the verifier means: its own reason, and what we know of the program and of the kernel besides.
struct RefusalWords {
    /// The cause, as a word for programs.
    private(set) var code: Diagnostic.Code = .verifierRefused
    /// What is wrong, in a few words; nil if nobody said anything.
    private(set) var message: String?
    /// What that means.
    private(set) var cause: String?
    /// The kernel's own words.
    private(set) var kernelText: [String] = []
    /// What else was said.
    private(set) var details: [String] = []
    /// What to change.
    private(set) var nextStep: Diagnostic.Hint?
    /// Where in the program.
    private(set) var instruction: Int?
    /// The line of C, where that is not the instruction's.
    private(set) var source: Diagnostic.Label?
    /// The rule that explains it; nil if something else does.
    private(set) var rule: VerifierRule?

    init(
        _ report: VerifierReport, _ program: LinkedProgram, of object: Object, release: KernelRelease,
        needs: [KernelNeed] = [], lockdown: () -> PermissionFacts.Lockdown
    ) {
        instruction = report.instruction
        // An instruction that we made unreachable is refused for its made-up helper: the reason is ours to tell.
        if let poison = instruction.flatMap({ program.poison[$0] }) {
            code = poison.code
            message = poison.message
            cause = poison.cause
            details = poison.details
            nextStep = poison.hint
            source = poison.source
            return
        }
        kernelText = report.reason
        take(report.statement)
        let text = report.reason.joined(separator: "\n")
        if let id = Self.helper(in: text) {
            take(Helper(rawValue: id), program, release: release, lockdown: lockdown)
        } else if text.contains("helper call is not allowed in probe") {
            takeRestricted(report.steps.last)
        } else if let (index, need) = Self.lacking(text, at: instruction, program, release) {
            instruction = index
            take(need, release)
            // A newer kernel is no help if that lacks something else.
            tell(needs + program.lacking(in: release).map(\.need), but: need)
        } else if let need = needs.first, Self.marksOfKind.contains(where: text.contains) {
            take(need, release)
            tell(needs, but: need)
        } else if let rule = report.rule {
            let finding = VerifierFinding(rule, report, at: instruction, in: program, of: object)
            instruction = finding.instruction
            take(finding.rule, report.figures)
        } else if cause == nil {
            tell(needs + program.lacking(in: release).map(\.need), but: nil)
        }
        // Without words of ours, the kernel's last ones are the message, and are not said twice.
        if message == nil { message = kernelText.popLast() }
    }

    /// What kernels from 7.3 on say: it stands, where no rule is more exact.
    private mutating func take(_ statement: VerifierStatement?) {
        guard let statement, !statement.reason.isEmpty else { return }
        message = Self.withoutStop(statement.problem.isEmpty ? statement.category : statement.problem)
        cause = Self.withoutStop(statement.reason)
        if !statement.suggestion.isEmpty {
            nextStep = Diagnostic.Hint(statement.suggestion)
            details.append("the kernel suggests: " + statement.suggestion)
        }
        details += statement.path
    }

    private static func withoutStop(_ text: String) -> String { text.last == "." ? String(text.dropLast()) : text }

    private mutating func take(_ rule: VerifierRule, _ figures: VerifierReport.Figures) {
        self.rule = rule
        code = rule.code
        message = rule.title
        cause = cause ?? rule.cause
        nextStep = Diagnostic.Hint(rule.remedy)
        if code == .verifierTooComplex, let processed = figures.processed {
            cause = rule.cause + ": \(processed)" + (figures.limit.map { ", of at most \($0)" } ?? "")
        }
    }

    private mutating func take(_ need: KernelNeed, _ release: KernelRelease) {
        guard need.since != nil else {
            // No kernel is new enough for it.
            message = "it has \(need.what)"
            cause = "no kernel takes that"
            nextStep = need.hint
            return
        }
        code = .verifierKernelTooOld
        message = "the kernel is too old for it"
        cause = need.cause(release)
        nextStep = need.hint
    }

    /// Names what else a kernel that is too old does not have: it may be behind the refusal too.
    private mutating func tell(_ needs: [KernelNeed], but told: KernelNeed?) {
        details += KernelNeed.hints(needs.filter { $0 != told && $0.since != nil })
    }

    // MARK: - A kernel that is too old

    /// What kernels say of instructions that they do not know.
    private static let marksOfAge = [
        "reserved field", "unknown opcode", "bpf_ld_imm64 insn", "BPF_LD_IMM insn", "invalid BPF_", "unreachable insn",
        "jump out of range", "unknown insn", "invalid BTF_ID", "not supported", "unsupported",
        "invalid kernel function",
        "calling kernel function", "BPF_END", "BPF_ALU", "invalid atomic operand", "match number of subprogs",
    ]

    /// What kernels say of kinds of programs that they do not know.
    private static let marksOfKind = ["must provide btf_id", "can be sleepable", "attach_btf_id", "sleepable"]

    /// What the program has that this kernel may not know, if what was said can mean that.
    private static func lacking(
        _ text: String, at instruction: Int?, _ program: LinkedProgram, _ release: KernelRelease
    ) -> (Int, KernelNeed)? {
        guard marksOfAge.contains(where: text.contains) else { return nil }
        let lacking = program.lacking(in: release).filter { !isCall(program.instructions[$0.instruction]) }
        // The walk has shown some instructions before many of the checks, and none before others.
        if let here = lacking.first(where: { $0.instruction == instruction }) { return (here.instruction, here.need) }
        // Most messages name the class of the instruction, if not its place.
        let classes: [Instruction.CodeClass] =
            if text.contains("BPF_LDX") {
                [.loadRegister]
            } else if text.contains("BPF_STX") {
                [.storeRegister]
            } else if ["BPF_ALU", "BPF_MOV", "BPF_END"].contains(where: text.contains) {
                [.arithmetic32, .arithmetic64]
            } else {
                []
            }
        let fitting = lacking.first { classes.contains(program.instructions[$0.instruction].codeClass) }
        return (fitting ?? lacking.first).map { ($0.instruction, $0.need) }
    }

    /// Whether it calls a helper, of which the verifier tells the number.
    private static func isCall(_ instruction: Instruction) -> Bool {
        instruction.code == Instruction.callCode && instruction.source == 0
    }

    // MARK: - Helpers

    /// The number of the helper that was refused; nil if something else was.
    ///
    /// `unknown func bpf_loop#181`, `invalid func unknown#181`, `program of this type cannot use helper bpf_loop#181`,
    /// `cannot call GPL-restricted function from …` has none.
    private static func helper(in text: String) -> Int32? {
        guard ["unknown func", "invalid func", "cannot use helper"].contains(where: text.contains),
            let mark = text.lastIndex(of: "#")
        else { return nil }
        return Int32(text[text.index(after: mark)...].prefix { $0.isASCII && $0.isNumber })
    }

    private mutating func take(
        _ helper: Helper, _ program: LinkedProgram, release: KernelRelease, lockdown: () -> PermissionFacts.Lockdown
    ) {
        let type = program.definition.convention?.type ?? .kprobe
        code = .verifierHelperMissing
        message = "it cannot call \(helper.name ?? "helper \(helper.rawValue)")"
        guard let name = helper.name else {
            cause = "number \(helper.rawValue) is not a known helper of any kernel"
            nextStep = "compile again with the headers of the kernel or of libbpf that the program is for"
            return
        }
        if let since = helper.since, release < since {
            cause = "kernels have the helper \(name) since \(since), and this one is \(release)"
            if helper.rawValue == Self.printing {
                // What bpf_printk() of libbpf calls for more values than bpf_trace_printk takes.
                message = "bpf_printk() prints more than three values"
                cause = "that calls the helper \(name), which kernels have since \(since), and this one is \(release)"
                nextStep = "print at most three values with one bpf_printk()"
                return
            }
            nextStep = helper.constant.map { "guard the call with bpf_core_enum_value_exists(enum bpf_func_id, \($0))" }
        } else if Self.sleeping.contains(helper.rawValue) {
            code = .verifierSleeping
            message = "it cannot call \(name), which may sleep"
            cause = "the helper waits for memory or files, and a program of this kind runs where the kernel cannot wait"
            nextStep =
                helper.rawValue == Self.copying
                ? "call bpf_probe_read_user(), or write a section for programs that may sleep: fentry.s, lsm.s, uprobe.s"
                : "write a section for programs that may sleep, such as lsm.s"
        } else if Self.isLocked(helper, lockdown) {
            code = .verifierHelperLocked
            cause = "the kernel is locked down, which takes \(name) away from all programs"
            // What writes is locked in both modes.
            nextStep =
                "boot without lockdown\(helper.rawValue == Self.writing ? "" : ", or with lockdown=integrity"); "
                + "Secure Boot may set it"
        } else {
            cause = "this kernel does not have the helper \(name) for \(type) programs"
            if let option = KernelOption.of(helper: helper), let doubt = KernelConfig.doubts(of: [option]).first {
                cause = "\(name) is not there for \(type) programs: \(doubt)"
                nextStep = "use a kernel that is built with \(.useKernel([option]), option)"
            }
            nextStep = nextStep ?? "call it in a program of another type: kernels offer each type its own helpers"
        }
    }

    /// A helper that kernels allow on certain functions only, which each kernel lists (`btf_allowlist_d_path`).
    private mutating func takeRestricted(_ step: VerifierStep?) {
        code = .verifierHelperMissing
        let name =
            if let words = step?.text.split(separator: " "), words.count > 1 { words[1].prefix { $0 != "#" } } else {
                Substring("the helper")
            }
        message = "it cannot call \(name) on this function"
        cause = "the kernel allows \(name) in programs on a few functions only, where its locks are not held"
        nextStep =
            name == "bpf_d_path"
            ? "attach to one of them: security_file_open, security_file_permission, security_path_truncate, vfs_truncate, vfs_fallocate, vfs_getattr, dentry_open, filp_close"
            : "attach to another function"
    }

    /// `bpf_trace_vprintk`.
    private static let printing: Int32 = 177
    /// `bpf_copy_from_user`.
    private static let copying: Int32 = 148
    /// Helpers that may sleep, which kernels refuse to other programs as if they did not have them.
    private static let sleeping: Set<Int32> = [copying, 161, 191, 193]

    /// `bpf_probe_write_user`.
    private static let writing: Int32 = 36

    /// Helpers that read the kernel's memory, and the one that writes to a process.
    private static func isLocked(_ helper: Helper, _ lockdown: () -> PermissionFacts.Lockdown) -> Bool {
        let reading: Set<Int32> = [4, 45, 113, 115]
        guard reading.contains(helper.rawValue) || helper.rawValue == writing else { return false }
        let mode = lockdown()
        return mode == .confidentiality || (mode == .integrity && helper.rawValue == writing)
    }
}
