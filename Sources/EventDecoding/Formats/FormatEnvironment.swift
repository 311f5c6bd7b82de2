// SPDX-License-Identifier: Apache-2.0

public import BTF

/// The names of the kernel's addresses.
public protocol SymbolNames: Sendable {
    /// The symbol that an address lies in, and how many bytes behind its start; nil if there is none.
    func symbol(at address: UInt64) -> (name: String, offset: UInt64)?
}

/// What formats need beside a value.
public struct FormatEnvironment: Sendable {
    /// `CLOCK_REALTIME` - `CLOCK_MONOTONIC` of the machine that the events are from, in ns; nil if it is not known.
    ///
    /// It holds until the first of the `clockChanges`.
    public var bootOffset: Int64?
    /// What the offset became later; nil if the clock was never set.
    package var clockChanges: ClockChanges?
    /// The machine that the events are from, as uname(2) names it: `x86_64`, `aarch64`.
    public var machine: String
    /// The order in which the bytes of the events' integers lay in memory.
    public var byteOrder: ByteOrder
    /// The kernel's symbols, if they are known.
    public var symbols: (any SymbolNames)?

    /// Creates an environment.
    ///
    /// - Parameters:
    ///   - bootOffset: `CLOCK_REALTIME` - `CLOCK_MONOTONIC`, in ns.
    ///   - machine: The machine, as uname(2) names it.
    ///   - byteOrder: The order of the events' integers.
    ///   - symbols: The kernel's symbols.
    public init(
        bootOffset: Int64? = nil, machine: String = "", byteOrder: ByteOrder = .native,
        symbols: (any SymbolNames)? = nil
    ) {
        self.bootOffset = bootOffset
        self.machine = machine
        self.byteOrder = byteOrder
        self.symbols = symbols
    }

    /// What makes a time of `CLOCK_MONOTONIC` one since 1970; nil if it is not known.
    func bootOffset(at time: Int128) -> Int64? {
        bootOffset.map { clockChanges?.bootOffset(at: time) ?? $0 }
    }
}
