// SPDX-License-Identifier: Apache-2.0

internal import BPFCore
internal import EventDecoding
internal import ToolSupport

/// Tells how far a large file has been read, on a terminal that has nothing else to show.
struct InputProgress {
    private let size: UInt64
    private let began: UInt64
    private var read: UInt64
    private var next: UInt64
    private var isShown = false

    /// Nothing is told of what takes no longer than this, in ns.
    private static let patience: UInt64 = 1_000_000_000
    private static let interval: UInt64 = 200_000_000

    /// - Parameters:
    ///   - size: The bytes of the file.
    ///   - read: Those of them that were read.
    init(size: UInt64, read: UInt64 = 0, now: UInt64 = MonotonicClock.nanoseconds) {
        self.size = size
        self.read = read
        began = now
        next = now + Self.patience
    }

    /// Takes in that bytes were read.
    mutating func note(_ bytes: Int) {
        read += UInt64(max(bytes, 0))
        let now = MonotonicClock.nanoseconds
        guard now >= next else { return }
        next = now + Self.interval
        isShown = true
        ProgressLine.show(text(now: now))
    }

    /// Takes the line away, if one is there.
    mutating func end() {
        guard isShown else { return }
        isShown = false
        ProgressLine.remove()
    }

    /// What is shown: `45 %, 450 of 1000 MB, 300 MB/s, 2s left`.
    func text(now: UInt64) -> String {
        let seconds = Double(max(now &- began, 1)) / 1e9
        let rate = Double(read) / seconds
        let done = size > 0 ? min(Double(read) / Double(size), 1) : 1
        let left = rate > 0 && size > read ? Double(size - read) / rate : 0
        func megabytes(_ bytes: Double) -> String { "\(Int((bytes / 1e6).rounded()))" }
        let time = left < 0x1p62 ? "\(Int(left.rounded(.up)))s left" : "no end in sight"
        return
            "\(Int(done * 100)) %, \(megabytes(Double(read))) of \(megabytes(Double(size))) MB, \(megabytes(rate)) MB/s, \(time)"
    }
}
