// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import ToolSupport

/// Signals, each in a process of its own: they change it for good.
struct SignalSourceTests {
    @Test func `each signal that ends a tool is taken, once`() async {
        await #expect(processExitsWith: .success) {
            let source = try SignalSource()
            source.deferEnding()
            #expect(source.take() == nil && !source.isAsked)
            for signal in [SIGHUP, SIGTERM, SIGHUP] {
                kill(getpid(), signal)
                #expect(source.wait(milliseconds: 60_000)?.rawValue == signal)
                #expect(source.take() == nil && !source.isAsked)
            }
        }
    }

    @Test func `signals that came together are taken one after the other, and the descriptor tells of each`() async {
        await #expect(processExitsWith: .success) {
            let source = try SignalSource()
            source.deferEnding()
            kill(getpid(), SIGTERM)
            kill(getpid(), SIGHUP)
            while !source.isAsked { usleep(1000) }
            var taken: Set<Int32> = []
            for _ in 0..<2 {
                var entry = pollfd(fd: source.rawDescriptor, events: Int16(POLLIN), revents: 0)
                while poll(&entry, 1, 60_000) < 0 && errno == EINTR {}
                #expect(entry.revents == POLLIN)
                if let signal = source.wait(milliseconds: 60_000) { taken.insert(signal.rawValue) }
            }
            #expect(taken == [SIGHUP, SIGTERM])
        }
    }

    @Test func `a SIGPIPE of the process's own is not taken for a wish to end`() async {
        await #expect(processExitsWith: .success) {
            let source = try SignalSource()
            var ends: [Int32] = [0, 0]
            pipe(&ends)
            close(ends[0])
            #expect(write(ends[1], "x", 1) == -1 && errno == EPIPE)
            source.deferEnding()
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

    @Test func `a signal kills before anything was made, whatever the parent did to it`() async {
        await #expect(processExitsWith: .signal(SIGTERM)) {
            signal(SIGTERM, SIG_IGN)
            let source = try SignalSource()
            kill(getpid(), SIGTERM)
            _ = source.wait(milliseconds: 60_000)
        }
    }

    @Test func `a second signal kills wherever the process is, after a moment to let go`() async {
        await #expect(processExitsWith: .signal(SIGINT)) {
            let source = try SignalSource()
            source.deferEnding()
            kill(getpid(), SIGTERM)
            #expect(source.wait(milliseconds: 60_000) == .terminate)
            // Two that come together are one wish.
            usleep(300_000)
            kill(getpid(), SIGINT)
            // The second one is there to be taken, too.
            #expect(source.wait(milliseconds: 60_000) == .interrupt)
            while true {}
        }
    }

    @Test func `two signals at once are one wish, and a hang-up is none`() async {
        await #expect(processExitsWith: .success) {
            let source = try SignalSource()
            source.deferEnding()
            for _ in 0..<3 {
                kill(getpid(), SIGHUP)
                #expect(source.wait(milliseconds: 60_000) == .hangUp)
            }
            kill(getpid(), SIGTERM)
            kill(getpid(), SIGTERM)
            let start = ContinuousClock.now
            while ContinuousClock.now - start < .milliseconds(800) {}
        }
    }
}
