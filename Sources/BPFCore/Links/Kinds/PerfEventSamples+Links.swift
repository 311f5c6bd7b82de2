// SPDX-License-Identifier: Apache-2.0

internal import BPFObject
internal import Diagnostics

extension PerfEventSamples: KernelAttachKind {
    func resolve(_ kernel: inout TargetResolver) throws(BPFError) -> ResolvedTarget {
        ResolvedTarget(self, at: SamplesPlace(samples: self))
    }
}

/// CPUs, or the threads of a process.
private struct SamplesPlace: AttachPlace {
    let samples: PerfEventSamples

    /// Where nobody names an event, all programs have the same one.
    var hook: String? { samples == PerfEventSamples() ? PerfEventSamples.usual : nil }

    func attach(
        _ program: Int32, at target: ResolvedTarget, _ options: AttachOptions
    ) throws(BPFError) -> Link {
        guard let process = samples.process ?? options.process else {
            let hold = try SampledCPUs(samples, program, target, options)
            let isLinked = hold.isLinked
            return Link(
                target, way: isLinked ? .eventLink : .eventIoctl, notes: isLinked ? [] : [AttachNotes.ioctl], hold: hold
            )
        }
        var ties = EventTies()
        var count = 0
        var takesProcesses = false
        for place in try places(of: process, options) {
            let event: OwnedDescriptor
            do throws(Errno) {
                event = try PerfEvents.openSampling(
                    samples, cpu: place.cpu, thread: place.thread, takesProcesses: &takesProcesses)
            } catch {
                // The thread ended in between.
                if error == .noSuchProcess { continue }
                throw samples.refused(error, cpu: Int(place.cpu), options)
            }
            try ties.add(event, program, target, options)
            count += 1
        }
        guard count > 0 else { throw Self.gone(process) }
        return ties.link(target, notes: takesProcesses ? [Self.processesToo] : [])
    }

    private static let processesToo = Diagnostic(
        .probeOtherwise, .note, stage: .attach, "processes that the sampled one starts are sampled too",
        cause: "this kernel cannot leave them out (inherit_thread, Linux 5.13)")

    /// One event for each thread: threads that begin later are sampled with the one that made them.
    private func places(
        of process: Int32, _ options: AttachOptions
    ) throws(BPFError) -> [(cpu: Int32, thread: Int32)] {
        let threads = KernelFile.names(in: "\(options.roots.proc)/\(process)/task").compactMap { Int32($0) }.sorted()
        guard !threads.isEmpty else { throw Self.gone(process) }
        return threads.flatMap { thread in
            (samples.cpus.map { $0.map(Int32.init) } ?? [-1]).map { (cpu: $0, thread: thread) }
        }
    }

    private static func gone(_ process: Int32) -> BPFError {
        BPFError(
            .attachProbe, .noSuchTarget, errno: .noSuchProcess, "cannot sample process \(process)",
            cause: "there is no such process")
    }
}

extension PerfEventSamples {
    /// Why the kernel opens no event.
    ///
    /// - Parameter cpu: The CPU that it is for; -1 is any.
    func refused(_ errno: Errno, cpu: Int, _ options: AttachOptions) -> BPFError {
        let limit = KernelFile.number(options.roots.proc + "/sys/kernel/perf_event_max_sample_rate")
        var cause = EventFailure.meaning(errno)
        var step: Diagnostic.Hint?
        if case .frequency(let hertz) = rate, errno == .invalidArgument, let limit, hertz > limit {
            cause = "perf_event_max_sample_rate allows \(limit) a second"
            step = "take a lower frequency"
        } else if event.isHardware, errno == .noSuchFileOrDirectory || errno == .notSupported {
            cause = "this machine shows no counter of \(words), as virtual machines often do"
            step = "sample the clock"
        } else if cpus != nil, errno == .operationNotSupportedByDevice || errno == .invalidArgument {
            cause = "CPU \(cpu) is not online"
            step = "see which are: cat \(options.roots.sys)/devices/system/cpu/online"
        } else if !event.isHardware, errno == .noSuchFileOrDirectory {
            cause = "this kernel has no such event"
        }
        let what =
            switch rate {
            case .frequency(let hertz): "cannot take \(hertz) samples a second of \(words)"
            case .period(let count): "cannot take a sample of each \(count) \(words)"
            }
        return BPFError(.attachProbe, .attachRefused, errno: errno, what, cause: cause, nextStep: step)
    }

    private var words: String {
        switch event {
        case .cycles: "the CPU cycles"
        case .cpuClock: "the CPU clock"
        default: event.name
        }
    }
}
