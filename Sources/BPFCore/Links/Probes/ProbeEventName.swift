// SPDX-License-Identifier: Apache-2.0

/// The name of a probe of ours in tracefs: whose it is, and of which function.
///
/// `k_NAMESPACE_PID_START_NUMBER_SYMBOL` in group `swift_bpf`. Process id and start time together name a process for
/// good, within its pid namespace; what makes the name unique comes first, so that cutting it at the end does no harm.
struct ProbeEventName: Equatable {
    /// The group of all probes of this package.
    static let group = "swift_bpf"
    /// `MAX_EVENT_NAME_LEN` counts the NUL.
    static let longest = 63

    /// The process that made it.
    let owner: ProcessIdentity
    /// The event as tracefs has it.
    let event: String

    /// Names a new event.
    ///
    /// - Parameters:
    ///   - owner: This process.
    ///   - number: Different for each event of the process.
    ///   - symbol: The function; what cannot be part of an event name becomes `_`.
    ///   - isReturn: Whether it is a return probe.
    init(owner: ProcessIdentity, number: Int, symbol: String, isReturn: Bool) {
        self.owner = owner
        let front =
            "\(isReturn ? "r" : "k")_\(String(owner.namespace, radix: 16))_\(owner.pid)_"
            + "\(String(owner.start, radix: 16))_\(number)_"
        event = String((front + PinName.of(symbol)).prefix(Self.longest))
    }

    /// Reads a name of a list; nil if it is not one of ours.
    init?(group: Substring, event: Substring) {
        guard group == Self.group else { return nil }
        let parts = event.split(separator: "_", maxSplits: 5, omittingEmptySubsequences: false)
        guard parts.count == 6, parts[0] == "k" || parts[0] == "r", let namespace = UInt64(parts[1], radix: 16),
            let pid = Int32(parts[2]), pid > 0, let start = UInt64(parts[3], radix: 16), Int(parts[4]) != nil
        else { return nil }
        owner = ProcessIdentity(namespace: namespace, pid: pid, start: start)
        self.event = String(event)
    }

    /// Group and event: `swift_bpf/k_...`.
    var qualified: String { Self.group + "/" + event }
}
