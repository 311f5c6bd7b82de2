// SPDX-License-Identifier: Apache-2.0

internal import Synchronization

/// What reading the files of traced processes may cost in all together: whoever is traced chooses the files, and can have as
/// many as he likes.
///
/// A file that a user names is his own business and has no budget.
final class FileBudget: Sendable {
    private struct Account {
        var left: UInt64
        var looked: UInt64
        var refusals: UInt64 = 0
    }

    private let account: Mutex<Account>
    private let clock: @Sendable () -> UInt64

    /// Bytes that can be read at once: those of hundreds of large programs.
    static let most: UInt64 = 2 << 30
    /// Bytes that are added each second: reading and sorting them takes a few hundredths of it.
    static let perSecond: UInt64 = 32 << 20
    /// Bytes of one table: some million symbols.
    static let mostAtOnce = 128 << 20
    /// Bytes of a debug file whose CRC is taken; those with build ids, as distributions have, need none.
    static let largestWithCRC: UInt64 = 256 << 20

    /// - Parameter clock: Nanoseconds of a clock that does not go back.
    init(clock: @escaping @Sendable () -> UInt64 = { MonotonicClock.nanoseconds }) {
        self.clock = clock
        account = Mutex(Account(left: Self.most, looked: clock()))
    }

    /// How often there was too little left: what was not read then may be read later.
    var refusals: UInt64 { account.withLock { $0.refusals } }

    /// Takes bytes off the budget.
    ///
    /// - Returns: Whether they may be read.
    func take(_ count: Int) -> Bool {
        guard count <= Self.mostAtOnce, let bytes = UInt64(exactly: count) else { return false }
        return account.withLock { account in
            let now = clock()
            let passed = (now &- account.looked) / 1_000_000_000
            account.looked &+= passed &* 1_000_000_000
            let seconds = min(passed, Self.most / Self.perSecond)
            account.left = min(account.left + seconds * Self.perSecond, Self.most)
            guard account.left >= bytes else {
                account.refusals &+= 1
                return false
            }
            account.left -= bytes
            return true
        }
    }
}
