// SPDX-License-Identifier: Apache-2.0

/// Getting a program onto a perf event.
enum ProgramTie {
    /// Ties a program to an event: a link or SET_BPF first, then ENABLE, so that no hit goes by without the program.
    ///
    /// - Parameter cookie: What the program gets from `bpf_get_attach_cookie`, where a link does it.
    /// - Returns: The descriptor of the link, which the caller closes; -1 where the kernel has none for perf events.
    static func tie(
        _ program: Int32, to event: Int32, withoutLink: Bool, cookie: UInt64 = 0
    ) throws(Errno) -> Int32 {
        if !withoutLink, let link = try makeLink(program, event, cookie) {
            try PerfEvents.enable(event)
            return link.release()
        }
        try PerfEvents.setProgram(program, of: event)
        try PerfEvents.enable(event)
        return -1
    }

    /// Makes a link; nil where the kernel has none for perf events.
    private static func makeLink(
        _ program: Int32, _ event: Int32, _ cookie: UInt64
    ) throws(Errno) -> OwnedDescriptor? {
        do throws(Errno) {
            return try Links.create(program: program, perfEvent: event, cookie: cookie)
        } catch {
            // Kernels before 5.15 say EINVAL; if the program is at fault the ioctl says so again.
            if error == .invalidArgument || error == .notSupported { return nil }
            throw error
        }
    }
}

/// A perf event with a program on it; closing both takes the program off.
struct TiedEvent: ~Copyable, Sendable {
    /// Whether a link does it.
    var isLinked: Bool { linkNumber != nil }
    /// The descriptor of the link, borrowed; nil if there is none.
    let linkNumber: Int32?
    private let link: OwnedDescriptor?
    private let event: OwnedDescriptor

    /// Ties a program to an event.
    init(
        _ program: Int32, to event: consuming OwnedDescriptor, withoutLink: Bool, cookie: UInt64 = 0
    ) throws(Errno) {
        let number = try ProgramTie.tie(program, to: event.rawValue, withoutLink: withoutLink, cookie: cookie)
        linkNumber = number >= 0 ? number : nil
        link = number >= 0 ? OwnedDescriptor(owning: number) : nil
        self.event = event
    }

    /// How long the event has counted, in nanoseconds, where it was opened to tell that; nil where it does not.
    func timeEnabled() -> UInt64? { PerfEvents.timeEnabled(of: event.rawValue) }
}
