// SPDX-License-Identifier: Apache-2.0

internal import BasicContainers
internal import Diagnostics
internal import SystemPackage

extension Attachment {
    /// Attaches a program of type perf event to samples of every CPU that is online.
    static func samples(
        _ program: Int32, _ target: ResolvedTarget, _ options: AttachOptions
    ) throws(BPFError) -> Attachment {
        var events = UniqueArray<TiedEvent>()
        var isLinked = true
        for cpu in try CPUList.online(roots: options.roots) {
            let event: OwnedDescriptor
            do throws(Errno) {
                event = try PerfEvents.openSampling(
                    isCycles: options.sampleSource == .cycles, frequency: options.sampleFrequency, cpu: Int32(cpu))
            } catch {
                // The CPU was taken offline in between.
                if error == .operationNotSupportedByDevice { continue }
                throw refused(error, options)
            }
            do throws(Errno) {
                let tied = try TiedEvent(program, to: event, withoutLink: options.limits.contains(.withoutLink))
                isLinked = isLinked && tied.isLinked
                events.append(tied)
            } catch {
                throw EventFailure.untied(error, target)
            }
        }
        return Attachment(
            target, way: isLinked ? .eventLink : .eventIoctl, notes: isLinked ? [] : [AttachNotes.ioctl],
            holder: .events(events))
    }

    private static func refused(_ errno: Errno, _ options: AttachOptions) -> BPFError {
        let limit = KernelFile.number(options.roots.proc + "/sys/kernel/perf_event_max_sample_rate")
        var cause = EventFailure.meaning(errno)
        var step: String?
        if errno == .invalidArgument, let limit, options.sampleFrequency > limit {
            cause = "perf_event_max_sample_rate allows \(limit) a second"
            step = "take a lower frequency"
        } else if options.sampleSource == .cycles, errno == .noSuchFileOrDirectory || errno == .notSupported {
            cause = "this machine shows no counter of CPU cycles, as virtual machines often do"
            step = "sample the clock"
        }
        return BPFError(
            .attachProbe, errno: errno,
            "cannot take \(options.sampleFrequency) samples a second of the "
                + (options.sampleSource == .cycles ? "CPU cycles" : "CPU clock"), cause: cause, nextStep: step)
    }
}
