// SPDX-License-Identifier: Apache-2.0

internal import BasicContainers
internal import Diagnostics

/// Perf events with one program on them, on their way to a link.
struct EventTies: ~Copyable {
    private var events = UniqueArray<TiedEvent>()
    private var isLinked = true

    /// Ties the program to one more event.
    mutating func add(
        _ event: consuming OwnedDescriptor, _ program: Int32, _ target: ResolvedTarget, _ options: AttachOptions,
        cookie: UInt64 = 0
    ) throws(BPFError) {
        do throws(Errno) {
            let tied = try TiedEvent(
                program, to: event, withoutLink: options.limits.contains(.withoutLink), cookie: cookie)
            isLinked = isLinked && tied.isLinked
            events.append(tied)
        } catch {
            throw EventFailure.untied(error, target)
        }
    }

    /// Hands them over.
    ///
    /// - Parameters:
    ///   - ways: What it is called, by a link and by an ioctl.
    ///   - notes: What the user should know of it besides.
    ///   - extra: What must live as long as the program is attached.
    consuming func link(
        _ target: ResolvedTarget, ways: (link: AttachWay, ioctl: AttachWay) = (.eventLink, .eventIoctl),
        notes: [Diagnostic] = [], keeping extra: (any KeptByLink)? = nil
    ) -> Link {
        let isLinked = isLinked
        return Link(
            target, way: isLinked ? ways.link : ways.ioctl, notes: notes + (isLinked ? [] : [AttachNotes.ioctl]),
            hold: EventHold(events, keeping: extra))
    }
}

/// Perf events with a program on them.
private final class EventHold: LinkHold {
    private let events: UniqueArray<TiedEvent>
    private let extra: (any KeptByLink)?

    init(_ events: consuming UniqueArray<TiedEvent>, keeping extra: (any KeptByLink)? = nil) {
        self.events = events
        self.extra = extra
    }

    func outlive(_ isPinned: Bool) { extra?.outlive(isPinned) }

    var link: Result<Int32, LinkLack> {
        guard events.count == 1 else {
            return .failure(.ofSeveral(events.count))
        }
        return events[0].linkNumber.map { .success($0) } ?? .failure(.ofPerfEvents)
    }
}

extension LinkLack {
    /// Of a program on several events.
    static func ofSeveral(_ count: Int) -> LinkLack {
        LinkLack(cause: "it has a link for each of \(count) places or CPUs, and not one for all of them")
    }

    /// Of a program that an ioctl tied to its event.
    static let ofPerfEvents = LinkLack(
        cause: "the program was attached with PERF_EVENT_IOC_SET_BPF: before Linux 5.15 perf events have no bpf_link",
        nextStep: "use a raw tracepoint or a function by BTF, which have links since Linux 5.8")
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
        let cause: String? =
            switch errno {
            case .permissionDenied:
                "the program reads beyond the fields that the event has in this kernel"
            case .fileExists: "the program is attached to this event already"
            case .argListTooLong: "64 programs are attached to this event already, and the kernel takes no more"
            case .invalidArgument:
                "the program is of another type than this event takes, or may sleep where it must not"
            case .protocolError: "the program asks for call stacks, and the event does not give them"
            default: nil
            }
        let code = errno == .permissionDenied ? .eventFieldsExceeded : Diagnostic.Code(errno) ?? .attachRefused
        return BPFError(
            .attachProbe, always: code, errno: errno, "cannot attach the program to \(target)", cause: cause,
            nextStep: errno == .permissionDenied
                ? "compare its context with the event's file \"format\" in tracefs" : nil)
    }
}
