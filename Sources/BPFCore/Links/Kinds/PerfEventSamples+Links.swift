// SPDX-License-Identifier: Apache-2.0

internal import BPFObject
internal import Diagnostics
internal import SystemPackage

extension PerfEventSamples: KernelAttachKind {
    func resolve(_ kernel: inout TargetResolver) throws(BPFError) -> ResolvedTarget {
        ResolvedTarget(self, at: SamplesPlace(samples: self))
    }
}

/// Every CPU.
private struct SamplesPlace: AttachPlace {
    let samples: PerfEventSamples

    func attach(
        _ program: Int32, at target: ResolvedTarget, _ options: AttachOptions
    ) throws(BPFError) -> Link {
        var ties = EventTies()
        for cpu in try CPUList.online(roots: options.roots) {
            let event: OwnedDescriptor
            do throws(Errno) {
                event = try PerfEvents.openSampling(
                    isCycles: samples.source == .cycles, frequency: samples.frequency, cpu: Int32(cpu))
            } catch {
                // The CPU was taken offline in between.
                if error == .operationNotSupportedByDevice { continue }
                throw refused(error, options)
            }
            try ties.add(event, program, target, options)
        }
        return ties.link(target)
    }

    private func refused(_ errno: Errno, _ options: AttachOptions) -> BPFError {
        let limit = KernelFile.number(options.roots.proc + "/sys/kernel/perf_event_max_sample_rate")
        var cause = EventFailure.meaning(errno)
        var step: Diagnostic.Hint?
        if errno == .invalidArgument, let limit, samples.frequency > limit {
            cause = "perf_event_max_sample_rate allows \(limit) a second"
            step = "take a lower frequency"
        } else if samples.source == .cycles, errno == .noSuchFileOrDirectory || errno == .notSupported {
            cause = "this machine shows no counter of CPU cycles, as virtual machines often do"
            step = "sample the clock"
        }
        return BPFError(
            .attachProbe, .attachRefused, errno: errno,
            "cannot take \(samples.frequency) samples a second of the "
                + (samples.source == .cycles ? "CPU cycles" : "CPU clock"), cause: cause, nextStep: step)
    }
}
