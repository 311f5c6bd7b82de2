// SPDX-License-Identifier: Apache-2.0

internal import BPFCore
internal import CBPF
internal import Glibc
internal import ToolSupport

/// One poll(2) over what the printer may have to look at.
struct Polls {
    private var entries: [pollfd]
    private let inputIndex = 0
    private let signalIndex = 1
    private let outputIndex = 2
    private let watchIndex = 3

    /// Says what to wait for.
    ///
    /// - Parameters:
    ///   - input: The input, nil where it is not waited for.
    ///   - signals: The signals.
    ///   - output: Its reader going away ends the wait.
    ///   - watchesOutput: Whether that is looked at.
    ///   - waitsForRoom: Whether room in the output ends the wait too.
    ///   - watch: What tells that a file that is followed may have grown; nil if nothing does.
    init(
        input: Int32?, signals: Int32, output: borrowing DataOutput, watchesOutput: Bool = true,
        waitsForRoom: Bool = false, watch: Int32? = nil
    ) {
        // poll(2) leaves out entries with a negative descriptor.
        entries = [
            pollfd(fd: input ?? -1, events: Int16(POLLIN), revents: 0),
            pollfd(fd: signals, events: Int16(POLLIN), revents: 0),
            pollfd(
                fd: watchesOutput && output.isPollable ? output.rawDescriptor : -1,
                events: waitsForRoom ? Int16(POLLOUT) : 0, revents: 0),
            pollfd(fd: watch ?? -1, events: Int16(POLLIN), revents: 0),
        ]
    }

    /// Waits; -1 for ever.
    mutating func wait(milliseconds: Int32) {
        guard unsafe poll(&entries, nfds_t(entries.count), milliseconds) < 0 else { return }
        // After a signal nothing has come but that. Where poll(2) is forbidden (seccomp) read(2) and write(2) tell,
        // which may wait; those that do not must not be asked without end.
        let isForbidden = Errno.last != .interrupted
        if isForbidden { usleep(10_000) }
        for index in entries.indices {
            let isReady = index == signalIndex ? SignalSource.isAsked : isForbidden && index != watchIndex
            entries[index].revents = isReady ? entries[index].events : 0
        }
    }

    /// Whether the input has bytes, has ended or has failed: read(2) says which.
    var hasInput: Bool { entries[inputIndex].revents != 0 }
    /// Whether the watch has something to tell.
    var hasNews: Bool { entries[watchIndex].revents != 0 }
    /// Whether a signal waits to be taken.
    var hasSignal: Bool { entries[signalIndex].revents != 0 }
    /// Whether write(2) has something to say: it takes bytes, or fails.
    var hasRoom: Bool { entries[outputIndex].revents != 0 }
    /// Whether nobody reads the output any more.
    var isOutputBroken: Bool { entries[outputIndex].revents & Int16(POLLERR | POLLHUP | POLLNVAL) != 0 }
}
