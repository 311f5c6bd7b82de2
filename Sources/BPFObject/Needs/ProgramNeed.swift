// SPDX-License-Identifier: Apache-2.0

internal import Diagnostics

extension AttachType {
    /// The first kernel that has it; nil if none is known, or if it is older than 4.18.
    public var since: KernelRelease? {
        Self.releases.first { rawValue <= $0.last }.flatMap { release in
            rawValue < 14 ? nil : KernelRelease(release.major, release.minor)
        }
    }

    /// The kernels that brought attach types, each with the last number that it has.
    private static let releases: [(last: UInt32, major: UInt32, minor: UInt32)] = [
        (16, 4, 18), (17, 4, 20), (20, 5, 2), (22, 5, 3), (25, 5, 5), (27, 5, 7), (33, 5, 8), (37, 5, 9), (38, 5, 13),
        (40, 5, 14), (41, 5, 15), (42, 5, 18), (43, 6, 0), (45, 6, 4), (48, 6, 6), (55, 6, 7), (56, 6, 10), (57, 6, 13),
        (58, 7, 0), (61, 7, 2),
    ]
}

extension KernelNeed {
    /// What a program as a whole asks for: its type, its attach type, flags; nothing of its instructions.
    ///
    /// - Parameters:
    ///   - program: The program, for how to leave it out.
    ///   - isOptionalType: Whether kernels that do not know the attach type load the program without.
    static func all(
        of program: ProgramDefinition, type: ProgramType, attachType: AttachType?, isOptionalType: Bool, flags: UInt32
    ) -> [KernelNeed] {
        let omission: Diagnostic.Hint = "let the others go on without it: \(.optional, program.name)"
        var needs: [KernelNeed] = []
        if let since = type.since {
            needs.append(KernelNeed("a program of type \(type)", since: since, next: omission))
        }
        if let attachType, !isOptionalType, let since = attachType.since {
            let other = Self.instead(of: attachType).map { "write it as \($0), or " } ?? ""
            needs.append(
                KernelNeed("a program of attach type \(attachType)", since: since, next: "\(other)\(omission)"))
        }
        if flags & ProgramPlanner.sleepable != 0, let since = sleepableSince(type, attachType) {
            let plain = program.section.drop { $0 == "?" }.prefix { $0 != "/" }
            needs.append(
                KernelNeed(
                    "a program of section \(plain) that may sleep", since: since,
                    next: "write the section without .s, and call nothing that sleeps, or \(omission)"))
        }
        if flags & ProgramPlanner.fragments != 0 {
            needs.append(
                KernelNeed(
                    "packets in several buffers (xdp.frags)", since: KernelRelease(5, 18),
                    next: "write SEC(\"xdp\"), or \(omission)"))
        }
        return needs
    }

    /// The first kernel that has programs of a kind that may sleep.
    private static func sleepableSince(_ type: ProgramType, _ attachType: AttachType?) -> KernelRelease? {
        switch type {
        case .tracing where attachType == .traceIterator: KernelRelease(5, 18)
        case .tracing where attachType == .traceRawTracepoint: KernelRelease(7, 2)
        case .tracing, .lsm: KernelRelease(5, 10)
        case .kprobe: KernelRelease(6, 0)
        case .tracepoint, .rawTracepoint: KernelRelease(7, 2)
        default: nil
        }
    }

    /// The section that older kernels have for nearly the same.
    private static func instead(of type: AttachType) -> String? {
        switch type {
        case .traceFsession: "a program of section fentry and one of fexit"
        case .traceKprobeSession: "a program of section kprobe and one of kretprobe"
        case .traceKprobeMulti: "a program of section kprobe for each function"
        case .traceFentryMulti: "a program of section fentry for each function"
        case .traceFexitMulti: "a program of section fexit for each function"
        case .traceFsessionMulti: "a program of section fentry and one of fexit for each function"
        case .traceUprobeMulti: "a program of section uprobe for each function"
        case .traceUprobeSession: "a program of section uprobe and one of uretprobe"
        case .tcxIngress, .tcxEgress: "section tc"
        default: nil
        }
    }
}

extension LoadPlan {
    /// What a program as a whole asks for that a kernel of some release does not have.
    package func lacking(_ step: ProgramStep, in release: KernelRelease) -> [KernelNeed] {
        guard programs.indices.contains(step.program) else { return [] }
        return KernelNeed.all(
            of: programs[step.program].definition, type: step.type, attachType: step.attachType,
            isOptionalType: step.attachTypeIsOptional, flags: step.flags
        ).filter { $0.isLacking(in: release) }
    }

    /// What any of the programs asks for that a kernel of some release does not have, each once.
    ///
    /// It is for refusals of what the programs need, which come before theirs.
    package func lacking(in release: KernelRelease) -> [KernelNeed] {
        var found: [KernelNeed] = []
        for case .load(let step) in steps where programs.indices.contains(step.program) {
            let needs = lacking(step, in: release) + programs[step.program].lacking(in: release).map(\.need)
            for need in needs where !found.contains(where: { $0.what == need.what }) { found.append(need) }
        }
        return found
    }
}
