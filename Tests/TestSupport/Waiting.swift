// SPDX-License-Identifier: Apache-2.0

import Foundation

/// For how many seconds a test waits for what must come: long, since a machine may be busy with other things.
///
/// It passes only where a test fails. No test counts on something being done within a time; how fast it is is measured by
/// the benchmarks.
public let patience: Double = 300

/// Looks again and again until something holds or ``patience`` is over: the one way in which tests wait.
///
/// `#expect` writes the condition into a failure. Where that does not tell what is waited for, a text does:
///
///     #expect(eventually("the ring of CPU 2 is open again") { try generator.emit(1, cpu: 2) == 0 })
///
/// - Parameters:
///   - what: What is waited for, in words.
///   - condition: Whether it has come; asked once more when the time is over.
public func eventually(_ what: String = "", _ condition: () throws -> Bool) rethrows -> Bool {
    let begin = ContinuousClock.now
    while begin.duration(to: .now) < .seconds(patience) {
        if try condition() { return true }
        usleep(10_000)
    }
    return try condition()
}

/// What proc(5) tells of a process that a test looks at from outside.
public struct ProcessState: Equatable, Sendable {
    /// `R`, `S`, `T` and so on.
    public let state: Character
    /// How often it has been switched away from, on its own account or not.
    public let switches: [Int]

    /// Reads it; nil if there is no such process.
    public init?(of pid: pid_t) {
        guard let text = try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8) else { return nil }
        func value(_ name: String) -> Substring? {
            text.split(separator: "\n").first { $0.hasPrefix(name + ":\t") }?.dropFirst(name.count + 2)
        }
        guard let state = value("State")?.first else { return nil }
        self.state = state
        switches = ["voluntary_ctxt_switches", "nonvoluntary_ctxt_switches"].compactMap { name in
            value(name).flatMap { Int($0) }
        }
    }

    /// Waits until a process sleeps and is not woken for a while, so that it has done all that there was to do.
    public static func waitUntilIdle(_ pid: pid_t) -> Bool {
        eventually("process \(pid) sleeps") {
            guard let before = ProcessState(of: pid), before.state == "S" else { return false }
            usleep(60_000)
            return ProcessState(of: pid) == before
        }
    }

    /// Waits until a process has been stopped by a signal.
    public static func waitUntilStopped(_ pid: pid_t) -> Bool {
        eventually("process \(pid) has stopped") { ProcessState(of: pid).map { $0.state == "T" } ?? true }
    }
}
