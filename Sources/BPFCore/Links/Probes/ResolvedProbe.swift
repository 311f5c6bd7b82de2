// SPDX-License-Identifier: Apache-2.0

package import BPFObject
package import Diagnostics

/// A probe target as the running kernel has it.
package struct ResolvedProbe: Sendable, Equatable {
    /// What the user asked for.
    package let requested: ProbeTarget
    /// The module that has the function, nil for the kernel image.
    package let module: String?
    /// The function, as the kernel names it.
    package let symbol: String
    /// Bytes from the start of the function.
    package let offset: UInt64
    /// Where the function starts; nil if the kernel hides it.
    package let address: UInt64?
    /// Whether the name alone means another function too, so that the kernel needs the address.
    package let needsAddress: Bool
    /// What the user should know of the choice: another name, a wrapper instead of the function.
    package let notes: [Diagnostic]
    /// Where else the same call can be seen if the kernel takes no probe here, the best place first.
    ///
    /// Whether a function takes a probe is known for certain only by trying.
    package let alternatives: [ResolvedProbe]
    /// The event by which the place was found, if it was the kernel that found it.
    let opened: OpenedProbe?

    /// Whether the probe fires when the function returns.
    package var isReturn: Bool { requested.isReturn }
    /// How many calls a return probe follows at one time; nil leaves it to the kernel.
    package var maxActive: Int? { requested.maxActive }

    /// Whether this is the entry of the wrapper of a system call.
    var isWrapper: Bool { offset == 0 && SyscallName(symbol: symbol)?.isWrapper == true }

    /// Creates a resolved probe; ``ProbeResolver`` does it with what the kernel tells.
    package init(
        requested: ProbeTarget, module: String? = nil, symbol: String, offset: UInt64? = nil, address: UInt64? = nil,
        needsAddress: Bool = false, notes: [Diagnostic] = [], alternatives: [ResolvedProbe] = []
    ) {
        self.init(
            requested: requested, module: module, symbol: symbol, offset: offset, address: address,
            needsAddress: needsAddress, notes: notes, alternatives: alternatives, opened: nil)
    }

    init(
        requested: ProbeTarget, module: String?, symbol: String, offset: UInt64? = nil, address: UInt64? = nil,
        needsAddress: Bool = false, notes: [Diagnostic] = [], alternatives: [ResolvedProbe] = [], opened: OpenedProbe?
    ) {
        self.requested = requested
        self.module = module
        self.symbol = symbol
        self.offset = offset ?? requested.offset
        self.address = address
        self.needsAddress = needsAddress
        self.notes = notes
        self.alternatives = alternatives
        self.opened = opened
    }

    /// The same place without the wrapper of a system call among the others, where arguments would be no arguments.
    var withoutWrapper: ResolvedProbe {
        ResolvedProbe(
            requested: requested, module: module, symbol: symbol, offset: offset, address: address,
            needsAddress: needsAddress, notes: notes,
            alternatives: alternatives.filter { !$0.isWrapper }, opened: opened)
    }

    /// The same place with other words, for what was asked for under another name.
    func requested(as target: ProbeTarget, notes: [Diagnostic]) -> ResolvedProbe {
        ResolvedProbe(
            requested: target, module: module, symbol: symbol, offset: offset, address: address,
            needsAddress: needsAddress, notes: notes, alternatives: alternatives, opened: opened)
    }
}

extension ResolvedProbe: CustomStringConvertible {
    /// The place in the notation of `ProbeTarget`: `xfs:xfs_file_open`, `vfs_read+0x5`, `m_stop@0xffffffff81000000`.
    package var description: String {
        let copy = requested.copy == nil ? nil : address.map { "@0x" + String($0, radix: 16) }
        return (module.map { $0 + ":" } ?? "") + symbol + (copy ?? "") + offsetText
    }

    /// The place as the kernel reads it.
    var kernelName: String { (module.map { $0 + ":" } ?? "") + symbol + offsetText }

    private var offsetText: String { offset > 0 ? "+0x" + String(offset, radix: 16) : "" }
}
