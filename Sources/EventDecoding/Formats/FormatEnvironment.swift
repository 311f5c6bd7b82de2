// SPDX-License-Identifier: Apache-2.0

public import BTF

/// The names of the kernel's addresses.
public protocol SymbolNames: Sendable {
    /// The symbol that an address lies in, and how many bytes behind its start; nil if there is none.
    func symbol(at address: UInt64) -> (name: String, offset: UInt64)?
}

/// The names that the traced host has for its numbers.
public protocol HostNames: Sendable {
    /// The name of a user; nil if it is not known.
    func user(_ id: UInt32) -> String?
    /// The name of a group; nil if it is not known.
    func group(_ id: UInt32) -> String?
    /// The path of a control group in its hierarchy, by its id (`bpf_get_current_cgroup_id`); nil if it is not known.
    func cgroup(_ id: UInt64) -> String?
}

/// A stack as a map of stacks has it.
package enum NumberedStack: Sendable, Equatable {
    /// Its addresses, the innermost first.
    case addresses([UInt64])
    /// Its places by build ids, `struct bpf_stack_build_id` each, in the byte order of the events (`BPF_F_STACK_BUILD_ID`).
    case buildIDs([UInt8])
}

/// The stacks that a map of stacks holds (`BPF_MAP_TYPE_STACK_TRACE`).
package protocol StackNames: Sendable {
    /// A stack; nil if it is not known.
    func stack(_ id: UInt32) -> NumberedStack?

    /// Takes in that a number is shown, and no stack: an error that a program got in place of one, or the number of one that
    /// is not known.
    func note(missing number: Int128)
}

extension StackNames {
    /// Nobody counts them.
    package func note(missing number: Int128) {}
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
    public var machine: String { didSet { architecture = Architecture(machine: machine) } }
    /// The same, as far as numbers have other names on it.
    private(set) var architecture: Architecture
    /// The order in which the bytes of the events' integers lay in memory.
    public var byteOrder: ByteOrder
    /// The kernel's symbols, if they are known.
    public var symbols: (any SymbolNames)?
    /// The functions of stacks, if more is known of them than the kernel's symbols.
    public var frames: (any StackFrames)?
    /// The names of users, groups and control groups, if they are known.
    public var names: (any HostNames)?
    /// The stacks that numbers stand for, if there is one map of stacks.
    package var stacks: (any StackNames)?

    /// Creates an environment.
    ///
    /// - Parameters:
    ///   - bootOffset: `CLOCK_REALTIME` - `CLOCK_MONOTONIC`, in ns.
    ///   - machine: The machine, as uname(2) names it.
    ///   - byteOrder: The order of the events' integers.
    ///   - symbols: The kernel's symbols.
    ///   - names: The names of users, groups and control groups.
    public init(
        bootOffset: Int64? = nil, machine: String = "", byteOrder: ByteOrder = .native,
        symbols: (any SymbolNames)? = nil, names: (any HostNames)? = nil
    ) {
        self.bootOffset = bootOffset
        self.machine = machine
        architecture = Architecture(machine: machine)
        self.byteOrder = byteOrder
        self.symbols = symbols
        self.names = names
    }

    /// What makes a time of `CLOCK_MONOTONIC` one since 1970; nil if it is not known.
    func bootOffset(at time: Int128) -> Int64? {
        bootOffset.map { clockChanges?.bootOffset(at: time) ?? $0 }
    }
}
