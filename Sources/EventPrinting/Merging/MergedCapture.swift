// SPDX-License-Identifier: Apache-2.0

internal import EventDecoding
internal import EventStream

/// How records of one capture in one file are shown, as long as they are read or wait for others.
final class MergedCapture {
    /// What the display has while it shows them; what it had before while it does.
    var state: EventDisplay.CaptureState
    let account: MergedAccount
    let header: CaptureHeader
    /// What the clock became later.
    let clockChanges = ClockChanges()
    /// Records that wait for others.
    var waiting = 0
    /// Whether nothing more is read of it.
    var isOver = false

    init(_ header: CaptureHeader, _ account: MergedAccount, _ state: consuming EventDisplay.CaptureState) {
        self.header = header
        self.account = account
        self.state = state
    }

    /// A time of the capture in ns since 1970, which all captures have in common.
    @inline(__always)
    func wallTime(_ time: UInt64) -> UInt64 {
        let offset =
            clockChanges.isEmpty
            ? header.bootOffset : clockChanges.bootOffset(at: Int128(time)) ?? header.bootOffset
        return UInt64(clamping: Int128(time) + Int128(offset))
    }
}
