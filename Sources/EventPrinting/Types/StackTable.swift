// SPDX-License-Identifier: Apache-2.0

internal import Diagnostics
internal import EventDecoding
internal import EventStream
internal import Records
internal import Synchronization

/// The stacks of the last snapshots of the map of stacks, by their numbers: what `stackid` stands for.
///
/// Numbers mean nothing without their map, so that of several maps of stacks none is used.
final class StackTable: StackNames {
    private struct Known {
        var stacks: [UInt32: NumberedStack] = [:]
        /// Addresses of all of them (a place by build id takes four), and what they take beside.
        var addresses = 0
        /// The source that they are from.
        var source: UInt32?
        /// Whether there are several maps of stacks.
        var hasSeveral = false
        var missing = Missing()
    }

    /// Stacks that were asked for, or that programs wanted to have, and are not there.
    private struct Missing {
        /// Another stack had the place (`-EEXIST`).
        var displaced = 0
        /// The kernel could not walk it, or there is none (`-EFAULT`).
        var unwalked = 0
        /// The map does not have it any more.
        var unknown = 0
    }

    /// Asks the map itself, which programs fill meanwhile; nil where there is none to be asked.
    private let live: LiveStacks?

    /// The stacks of the file's captures, as far as it was read before.
    private let ahead: StacksAhead?
    private let limit: Int

    /// - Parameters:
    ///   - live: Asks the map itself, which programs fill meanwhile.
    ///   - ahead: The stacks of the captures to come.
    ///   - limit: Addresses that are kept, with what each stack takes beside.
    init(live: LiveStacks? = nil, ahead: StacksAhead? = nil, limit: Int = StackTable.limit) {
        self.live = live
        self.ahead = ahead
        self.limit = limit
    }

    private let known = Mutex(Known())

    /// Addresses of all stacks that are kept, with what each takes beside: 32 MiB.
    static let limit = 4 << 20
    /// What a stack takes beside its addresses, in addresses: an array, and its place in the table.
    private static let cost = 8

    func stack(_ id: UInt32) -> NumberedStack? {
        // The map is one of this machine.
        if let live, let stack = live.stack(id) {
            return unsafe NumberedStack(stack.span.bytes, byBuildIDs: live.byBuildIDs, isForeign: false)
        }
        return known.withLock { known in known.hasSeveral ? nil : known.stacks[id] }
    }

    func note(missing number: Int128) {
        known.withLock { known in
            switch number {
            case -17: known.missing.displaced += 1
            case -14: known.missing.unwalked += 1
            case 0...Int128(UInt32.max): if !known.hasSeveral { known.missing.unknown += 1 }
            default: break
            }
        }
    }

    /// What takes this table's place for another capture: what is missing so far stays counted.
    ///
    /// - Parameter header: The other capture.
    func next(for header: CaptureHeader) -> StackTable {
        let table = StackTable(live: live, ahead: ahead)
        var new = ahead?.table(of: header)?.known.withLock { $0 } ?? Known()
        new.missing = known.withLock { $0.missing }
        table.known.withLock { [new] known in known = new }
        return table
    }

    /// Addresses that are kept, with what each stack takes beside.
    var used: Int { known.withLock { $0.addresses } }

    /// What the user should know of stacks that are not there, at the end.
    var note: Diagnostic? {
        let missing = known.withLock { $0.missing }
        // A thread of the kernel has no stack of user space: that alone is no loss.
        guard missing.displaced + missing.unknown > 0 else { return nil }
        var details: [String] = []
        if missing.displaced > 0 { details.append("\(missing.displaced) found another stack in their place (-EEXIST)") }
        if missing.unknown > 0 { details.append("\(missing.unknown) are not in the map, or not yet, when it was read") }
        if missing.unwalked > 0 { details.append("\(missing.unwalked) more were none (-EFAULT), which is no loss") }
        return Diagnostic(
            .stacksMissing, .warning, stage: .stream,
            "\(missing.displaced + missing.unknown) stacks are missing",
            cause: "a map of stacks has one place for all stacks of a hash", details: details,
            nextStep:
                "make the map of stacks larger (max_entries), or have new stacks replace old ones (BPF_F_REUSE_STACKID)"
        )
    }

    /// Takes all elements of a map of stacks that are read here.
    ///
    /// - Parameters:
    ///   - snapshot: Its elements.
    ///   - byBuildIDs: Whether it has build ids in place of addresses.
    ///   - keepsFirst: Whether a number that is known keeps its stack.
    func take(_ snapshot: inout CaptureSnapshot, byBuildIDs: Bool, keepsFirst: Bool = false) {
        let (source, isForeign) = (snapshot.head.source, snapshot.isForeign)
        while let element = snapshot.next() {
            take(element.bytes, of: source, byBuildIDs: byBuildIDs, isForeign: isForeign, keepsFirst: keepsFirst)
        }
    }

    /// Takes an element of a map of stacks; what has no room is not known.
    ///
    /// - Parameters:
    ///   - element: Its key of 4 bytes, and from byte 8 on its addresses.
    ///   - source: The number of the map.
    ///   - byBuildIDs: Whether it has build ids in place of addresses.
    ///   - isForeign: Whether the numbers are in the other byte order.
    ///   - keepsFirst: Whether a number that is known keeps its stack.
    func take(
        _ element: RawSpan, of source: UInt32, byBuildIDs: Bool = false, isForeign: Bool, keepsFirst: Bool = false
    ) {
        guard element.byteCount >= 16 else { return }
        let number = unsafe element.unsafeLoadUnaligned(fromByteOffset: 0, as: UInt32.self)
        let id = isForeign ? number.byteSwapped : number
        let stack = NumberedStack(element.extracting(8...), byBuildIDs: byBuildIDs, isForeign: isForeign)
        known.withLock { known in
            if known.source == nil { known.source = source }
            guard known.source == source else {
                known.hasSeveral = true
                return
            }
            if keepsFirst, known.stacks[id] != nil { return }
            // A number that is used again means another stack now, whether there is room for that one or not.
            if let old = known.stacks.removeValue(forKey: id) { known.addresses -= old.cost + Self.cost }
            guard known.addresses + stack.cost + Self.cost <= limit else { return }
            known.addresses += stack.cost + Self.cost
            known.stacks[id] = stack
        }
    }
}

/// Asks a map of stacks of this machine itself.
package struct LiveStacks: Sendable {
    /// The bytes of a stack as the map has them; nil if it does not have it.
    let stack: @Sendable (UInt32) -> [UInt8]?
    /// Whether it has build ids in place of addresses (`BPF_F_STACK_BUILD_ID`).
    let byBuildIDs: Bool

    /// Takes what asks for a stack.
    package init(byBuildIDs: Bool, _ stack: @escaping @Sendable (UInt32) -> [UInt8]?) {
        self.byBuildIDs = byBuildIDs
        self.stack = stack
    }
}

extension NumberedStack {
    /// Frames of one stack.
    private static let deepest = 1 << 14
    private static let placeSize = 32

    /// Reads what a map of stacks has for a number.
    fileprivate init(_ bytes: RawSpan, byBuildIDs: Bool, isForeign: Bool) {
        guard byBuildIDs else {
            self = .addresses(bytes.stackAddresses(isForeign: isForeign, limit: Self.deepest))
            return
        }
        // Up to the first that is empty (BPF_STACK_BUILD_ID_EMPTY).
        var end = 0
        while end + Self.placeSize <= bytes.byteCount, end < Self.deepest * Self.placeSize,
            unsafe bytes.unsafeLoadUnaligned(fromByteOffset: end, as: UInt32.self) != 0
        { end += Self.placeSize }
        self = .buildIDs(unsafe bytes.extracting(0..<end).withUnsafeBytes { unsafe Array($0) })
    }

    /// What it takes, in addresses.
    fileprivate var cost: Int {
        switch self {
        case .addresses(let addresses): addresses.count
        case .buildIDs(let bytes): bytes.count / 8
        }
    }
}
