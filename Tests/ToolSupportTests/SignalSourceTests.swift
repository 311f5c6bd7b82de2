// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import ToolSupport

/// Signals, each in a process of its own: they are blocked for good there.
///
/// They go to the thread, as in a tool, which has one only; the test process has more.
struct SignalSourceTests {
    @Test func `each signal that ends a tool is taken, once`() async {
        await #expect(processExitsWith: .success) {
            let source = try SignalSource()
            #expect(source.take() == nil)
            for signal in [SIGTERM, SIGINT, SIGHUP] {
                pthread_kill(pthread_self(), signal)
                #expect(source.wait(milliseconds: 60_000)?.rawValue == signal)
                #expect(source.take() == nil)
            }
        }
    }

    @Test func `a SIGPIPE of the process's own is not taken for a wish to end`() async {
        await #expect(processExitsWith: .success) {
            let source = try SignalSource()
            var ends: [Int32] = [0, 0]
            pipe(&ends)
            close(ends[0])
            #expect(write(ends[1], "x", 1) == -1 && errno == EPIPE)
            #expect(source.wait(milliseconds: 50) == nil)
        }
    }

    @Test func `a wait ends when its time is up, and not before`() async {
        await #expect(processExitsWith: .success) {
            let source = try SignalSource()
            let start = ContinuousClock.now
            #expect(source.wait(milliseconds: 120) == nil)
            #expect(ContinuousClock.now - start >= .milliseconds(120))
        }
    }

    @Test func `after the first signal the next one kills, if it is let`() async {
        await #expect(processExitsWith: .signal(SIGTERM)) {
            let source = try SignalSource()
            pthread_kill(pthread_self(), SIGTERM)
            _ = source.wait(milliseconds: 60_000)
            source.letNextOneKill()
            pthread_kill(pthread_self(), SIGTERM)
        }
    }
}
