// SPDX-License-Identifier: Apache-2.0

internal import BPFObject
internal import Diagnostics
internal import SystemPackage

extension PerfEventSamples: KernelAttachKind {
    func resolve(_ kernel: inout TargetResolver) throws(BPFError) -> ResolvedTarget {
        ResolvedTarget(self, at: SamplesPlace(samples: self))
    }
}

/// CPUs, or the threads of a process.
private struct SamplesPlace: AttachPlace {
    let samples: PerfEventSamples

    func attach(
        _ program: Int32, at target: ResolvedTarget, _ options: AttachOptions
    ) throws(BPFError) -> Link {
        var ties = EventTies()
        var count = 0
        var takesProcesses = false
        for place in try places(options) {
            let event: OwnedDescriptor
            do throws(Errno) {
                event = try PerfEvents.openSampling(
                    samples, cpu: place.cpu, thread: place.thread, takesProcesses: &takesProcesses)
            } catch {
                // The thread ended in between, or the CPU was taken offline.
                if error == .noSuchProcess || samples.cpus == nil && error == .operationNotSupportedByDevice {
                    continue
                }
                throw refused(error, place.cpu, options)
            }
            try ties.add(event, program, target, options)
            count += 1
        }
        guard count > 0 else { throw gone(options) }
        return ties.link(target, notes: takesProcesses ? [Self.processesToo] : [])
    }

    private static let processesToo = Diagnostic(
        .probeOtherwise, .note, stage: .attach, "processes that the sampled one starts are sampled too",
        cause: "this kernel cannot leave them out (inherit_thread, Linux 5.13)")

    /// One event for each CPU, or for each thread: threads that begin later are sampled with the one that made them.
    private func places(_ options: AttachOptions) throws(BPFError) -> [(cpu: Int32, thread: Int32)] {
        guard let process = samples.process ?? options.process else {
            let cpus: [Int]
            if let chosen = samples.cpus { cpus = chosen } else { cpus = try CPUList.online(roots: options.roots) }
            return cpus.map { (Int32($0), -1) }
        }
        let threads = KernelFile.names(in: "\(options.roots.proc)/\(process)/task").compactMap { Int32($0) }.sorted()
        guard !threads.isEmpty else { throw gone(options) }
        return threads.flatMap { thread in
            (samples.cpus.map { $0.map(Int32.init) } ?? [-1]).map { (cpu: $0, thread: thread) }
        }
    }

    private func gone(_ options: AttachOptions) -> BPFError {
        guard let process = samples.process ?? options.process else {
            return BPFError(
                .attachProbe, .attachRefused, "cannot sample \(samples.event.name)", cause: "none of the CPUs is online"
            )
        }
        return BPFError(
            .attachProbe, .noSuchTarget, errno: .noSuchProcess, "cannot sample process \(process)",
            cause: "there is no such process")
    }

    private func refused(_ errno: Errno, _ cpu: Int32, _ options: AttachOptions) -> BPFError {
        let limit = KernelFile.number(options.roots.proc + "/sys/kernel/perf_event_max_sample_rate")
        var cause = EventFailure.meaning(errno)
        var step: Diagnostic.Hint?
        if case .frequency(let hertz) = samples.rate, errno == .invalidArgument, let limit, hertz > limit {
            cause = "perf_event_max_sample_rate allows \(limit) a second"
            step = "take a lower frequency"
        } else if samples.event.isHardware, errno == .noSuchFileOrDirectory || errno == .notSupported {
            cause = "this machine shows no counter of \(words), as virtual machines often do"
            step = "sample the clock"
        } else if samples.cpus != nil, errno == .operationNotSupportedByDevice || errno == .invalidArgument {
            cause = "CPU \(cpu) is not online"
            step = "see which are: cat \(options.roots.sys)/devices/system/cpu/online"
        } else if !samples.event.isHardware, errno == .noSuchFileOrDirectory {
            cause = "this kernel has no such event"
        }
        let what =
            switch samples.rate {
            case .frequency(let hertz): "cannot take \(hertz) samples a second of \(words)"
            case .period(let count): "cannot take a sample of each \(count) \(words)"
            }
        return BPFError(.attachProbe, .attachRefused, errno: errno, what, cause: cause, nextStep: step)
    }

    private var words: String {
        switch samples.event {
        case .cycles: "the CPU cycles"
        case .cpuClock: "the CPU clock"
        default: samples.event.name
        }
    }
}
