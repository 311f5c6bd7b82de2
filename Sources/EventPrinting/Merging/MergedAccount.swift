// SPDX-License-Identifier: Apache-2.0

internal import EventStream

/// What is known of a capture that is merged with others, whatever files it is in.
final class MergedAccount {
    /// What tells captures apart: the boot of the machine and when the capture began.
    struct Key: Hashable {
        let boot: String
        let began: UInt64

        /// The capture of a header; one that does not tell the boot is taken to be of its host.
        init(_ header: CaptureHeader) {
            boot = header.bootID.isEmpty ? header.host : header.bootID
            began = header.began
        }
    }

    let host: String
    /// How far its clock may have been off, the worst that it tells; nil where it tells none for some time.
    private(set) var clockError: UInt64?
    /// What its records are told apart by, where each has that behind it.
    var identity: RecordIdentity?
    var taken: TakenBlocks
    /// Events that were read, each once.
    var events: UInt64 = 0
    /// Events that losses tell of.
    var lost: UInt64 = 0
    /// Losses that do not say how many there were.
    var unknownLosses: UInt64 = 0
    /// Blocks that were in a file and had been read from another one.
    var repeated: UInt64 = 0
    /// Whether its end was read.
    var hasEnded = false
    /// The changes of its clock that were told.
    private var clocks: Set<UInt64> = []

    /// - Parameter files: How many files there are.
    init(_ header: CaptureHeader, files: Int) {
        taken = TakenBlocks(files: files)
        host = header.host
        clockError = header.clockError
    }

    /// Takes in a change of the clock, which each file of the capture tells.
    ///
    /// - Returns: Whether it is new.
    func isNew(_ clock: CaptureClock) -> Bool { clocks.count < 1024 && clocks.insert(clock.from).inserted }

    /// Takes in that the clock was set.
    func note(_ clock: CaptureClock) {
        clockError = clockError.flatMap { known in clock.clockError.map { max(known, $0) } }
    }

    /// Takes in a loss.
    func note(_ loss: CaptureLoss) {
        guard let events = loss.events else {
            unknownLosses &+= 1
            return
        }
        lost = lost.clampedSum(events)
    }
}
