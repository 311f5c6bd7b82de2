// SPDX-License-Identifier: Apache-2.0

/// How long an event may wait for its way out, in microseconds, where nobody wakes the daemon for it.
struct Latency {
    /// While events come.
    let deadline: Int
    /// While none come, in rings whose programs may wake nobody.
    let idle: Int
    /// The same after a second without any.
    let longIdle: Int

    /// - Parameter milliseconds: The deadline that the user set; nil for 10 ms, 20 ms while idle, and 100 ms later.
    init(milliseconds: Int64?) {
        let deadline = milliseconds.map { Int(clamping: min($0, .max / 1000) * 1000) }
        self.deadline = deadline ?? 10_000
        idle = deadline ?? 20_000
        // A look costs some 50 us of a CPU in a virtual machine.
        longIdle = deadline ?? 100_000
    }

    /// Until somebody wakes the daemon.
    static let untilWoken = Int.max
}
