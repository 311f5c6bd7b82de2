// SPDX-License-Identifier: Apache-2.0

internal import BasicContainers
internal import BPFObject
internal import Diagnostics
internal import SystemPackage

extension Attachment {
    /// Attaches a program of type tracepoint to a trace event.
    static func tracepoint(
        _ program: Int32, id: UInt64, _ target: ResolvedTarget, _ options: AttachOptions
    ) throws(BPFError) -> Attachment {
        let event: OwnedDescriptor
        do throws(Errno) {
            event = try PerfEvents.openTracepoint(id: id, cpu: OnlineCPU.first(roots: options.roots))
        } catch {
            throw BPFError(.attachProbe, errno: error, "cannot open \(target)", cause: EventFailure.meaning(error))
        }
        do throws(Errno) {
            let tied = try TiedEvent(program, to: event, withoutLink: options.limits.contains(.withoutLink))
            let isLinked = tied.isLinked
            var events = UniqueArray<TiedEvent>()
            events.append(tied)
            return Attachment(
                target, way: isLinked ? .eventLink : .eventIoctl, notes: isLinked ? [] : [AttachNotes.ioctl],
                holder: .events(events))
        } catch {
            throw EventFailure.untied(error, target)
        }
    }
}

/// What the kernel means when it keeps a program off an event.
enum EventFailure {
    /// The event could not be opened.
    static func meaning(_ errno: Errno) -> String? {
        switch errno {
        case .permissionDenied, .notPermitted: "it takes CAP_PERFMON, or CAP_SYS_ADMIN before Linux 5.8"
        case .tooManyOpenFiles: "the limit of open files of this process is reached"
        default: nil
        }
    }

    /// The program did not get onto the event.
    static func untied(_ errno: Errno, _ target: ResolvedTarget) -> BPFError {
        let (cause, status): (String?, ExitStatus?) =
            switch errno {
            case .permissionDenied:
                ("the program reads beyond the fields that the event has in this kernel", .kernelLacks)
            case .fileExists: ("the program is attached to this event already", nil)
            case .argListTooLong: ("64 programs are attached to this event already, and the kernel takes no more", nil)
            case .invalidArgument:
                ("the program is of another type than this event takes, or may sleep where it must not", nil)
            case .protocolError: ("the program asks for call stacks, and the event does not give them", nil)
            default: (nil, nil)
            }
        return BPFError(
            .attachProbe, errno: errno, "cannot attach the program to \(target)", cause: cause,
            nextStep: errno == .permissionDenied
                ? "compare its context with the event's file \"format\" in tracefs" : nil,
            exitStatus: status)
    }
}
