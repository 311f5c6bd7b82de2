// SPDX-License-Identifier: Apache-2.0

/// How long a sample may wait for its reader where nobody wakes it, in microseconds.
///
/// While few samples come each of them wakes the reader; while many come that would cost the programs more than the
/// samples themselves, and the reader comes by itself.
public struct ReaderLatency: Sendable, Equatable {
    /// While samples come.
    package let deadline: Int
    /// While none come, in rings whose programs may wake nobody.
    package let idle: Int
    /// The same after a second without any.
    package let longIdle: Int

    /// - Parameter deadline: How late a sample may be; nil for 10 ms, 20 ms while idle, and 100 ms later.
    public init(deadline: Duration? = nil) {
        let (seconds, attoseconds) = deadline?.components ?? (0, 0)
        let longest: Int64 = 1 << 40
        let microseconds = min(max(seconds, 0), longest) * 1_000_000 + max(attoseconds, 0) / 1_000_000_000_000
        let given = deadline == nil ? nil : Int(clamping: microseconds)
        self.deadline = given ?? 10_000
        idle = given ?? 20_000
        // A look costs some 50 us of a CPU in a virtual machine.
        longIdle = given ?? 100_000
    }

    /// Until somebody wakes the reader.
    package static let untilWoken = Int.max
}
