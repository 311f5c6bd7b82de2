// SPDX-License-Identifier: Apache-2.0

package import Diagnostics

/// What a machine allows, what is missing for what, and what changes it: facts and answers of the kernel in, findings out.
package struct MachineReport: Sendable, Equatable {
    /// What the files of the kernel tell.
    package let facts: MachineFacts
    /// What the kernel answered.
    package let trials: AttachTrials

    /// Judges facts and answers.
    package init(facts: MachineFacts, trials: AttachTrials) {
        self.facts = facts
        self.trials = trials
    }

    /// Whether a way to attach can be gone.
    package enum State: String, Sendable {
        /// It can.
        case works
        /// The kernel does not have it, or refuses it.
        case no
        /// It cannot be told, for want of privilege for the most part.
        case unknown
    }

    /// One way with its state, and why.
    package struct Way: Sendable, Equatable {
        /// The way.
        package let way: AttachTrials.Way
        /// Whether it can be gone.
        package let state: State
        /// Why not; nil where it can.
        package let reason: String?
    }

    // MARK: - The verdict

    /// Why programs on kprobes do not work as this user, as an error with the next step; nil if they do.
    package var obstacle: Diagnostic? {
        for outcome in [trials.map, trials.program, trials.ways[.kprobe] ?? .works] {
            guard let explanation = explanation(outcome) else { continue }
            return Diagnostic(
                explanation.code, stage: .attach, "programs on kprobes do not work for this user",
                cause: explanation.cause, nextStep: explanation.hint)
        }
        guard let off = facts.permissions.kprobesOff else { return nil }
        return Diagnostic(
            off.code, stage: .attach, "programs on kprobes do not work for this user",
            cause: off.cause + ": they are made and never hit", nextStep: off.hint)
    }

    /// Why something was refused; nil if it was not.
    private func explanation(_ outcome: AttachTrials.Outcome) -> Explanation? {
        switch outcome {
        case .works, .unknown: nil
        case .absent(let words) where facts.permissions.tracing == .unmounted:
            Explanation(
                .tracefsMissing, words ?? "tracefs is not mounted",
                "\(.mount("tracefs"), "sudo mount -t tracefs tracefs /sys/kernel/tracing")")
        case .absent(let words):
            Explanation(
                .noKprobes, words ?? "the kernel has no kprobes",
                "use a kernel with \(.useKernel(["CONFIG_KPROBES", "CONFIG_KPROBE_EVENTS"]), "CONFIG_KPROBES and CONFIG_KPROBE_EVENTS")"
            )
        case .refused(let operation, let errno):
            facts.permissions.explain(operation, errno)
                ?? Explanation(
                    Diagnostic.Code(errno) ?? .attachRefused, "the kernel answers \(errno.described)",
                    "look for its reason: dmesg")
        }
    }

    // MARK: - Ways to attach

    /// All ways, in a fixed order.
    package var ways: [Way] {
        AttachTrials.Way.allCases.map { way in
            switch trials.ways[way] ?? .unknown("it was not tried") {
            case .works:
                let idle = idle(way)
                return Way(way: way, state: idle == nil ? .works : .no, reason: idle)
            case .absent(let words): return Way(way: way, state: .no, reason: words ?? "it takes \(way.since)")
            case .unknown(let words): return Way(way: way, state: .unknown, reason: words)
            case .refused(let operation, let errno):
                guard errno == .notPermitted || errno == .permissionDenied else {
                    return Way(
                        way: way, state: .no,
                        reason: facts.permissions.explain(operation, errno)?.cause ?? errno.described)
                }
                if operation == .resolveProbe, let words = closedTracing {
                    return Way(way: way, state: .no, reason: words)
                }
                guard isTried else { return Way(way: way, state: .unknown, reason: "not known without privilege") }
                return Way(
                    way: way, state: .no,
                    reason: facts.permissions.explain(operation, errno)?.cause
                        ?? "the kernel answers \(errno.described)")
            }
        }
    }

    /// Whether maps and programs are made, so that what is refused is the way itself.
    private var isTried: Bool { trials.map == .works && trials.program == .works }

    private var closedTracing: String? {
        guard case .closed(let path) = facts.permissions.tracing else { return nil }
        return "the files in \(path) are closed to this user"
    }

    /// Why the kernel never calls a program that it takes; nil if it does.
    private func idle(_ way: AttachTrials.Way) -> String? {
        switch way {
        case .fentry, .fentryMulti, .kprobeMulti, .kprobeSession:
            facts.permissions.ftraceHasFailed
                ? "the function tracer has switched itself off after an error"
                : facts.permissions.ftraceEnabled == 0 ? "kernel.ftrace_enabled is 0" : nil
        case .kprobe where facts.permissions.kprobesEnabled == 0: "kprobes/enabled is 0"
        case .lsm
        where !facts.permissions.securityModules.isEmpty
            && !facts.permissions.securityModules.contains("bpf"):
            "bpf is not among the active security modules"
        default: nil
        }
    }
}
