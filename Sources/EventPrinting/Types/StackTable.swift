// SPDX-License-Identifier: Apache-2.0

internal import EventDecoding
internal import Records
internal import Synchronization

/// The stacks of the last snapshots of the map of stacks, by their numbers: what `stackid` stands for.
///
/// Numbers mean nothing without their map, so that of several maps of stacks none is used.
final class StackTable: StackNames {
    private struct Known {
        var stacks: [UInt32: [UInt64]] = [:]
        /// Addresses of all of them, and what they take beside.
        var addresses = 0
        /// The source that they are from.
        var source: UInt32?
        /// Whether there are several maps of stacks.
        var hasSeveral = false
    }

    private let known = Mutex(Known())

    /// Addresses of all stacks that are kept, with what each takes beside: 32 MiB.
    private static let limit = 4 << 20
    /// What a stack takes beside its addresses, in addresses: an array, and its place in the table.
    private static let cost = 8

    func stack(_ id: UInt32) -> [UInt64]? { known.withLock { $0.hasSeveral ? nil : $0.stacks[id] } }

    /// Takes an element of a map of stacks; what has no room is not known.
    ///
    /// - Parameters:
    ///   - element: Its key of 4 bytes, and from byte 8 on its addresses.
    ///   - source: The number of the map.
    ///   - isForeign: Whether the numbers are in the other byte order.
    func take(_ element: RawSpan, of source: UInt32, isForeign: Bool) {
        guard element.byteCount >= 16 else { return }
        func address(_ at: Int) -> UInt64 {
            let number = unsafe element.unsafeLoadUnaligned(fromByteOffset: at, as: UInt64.self)
            return isForeign ? number.byteSwapped : number
        }
        let number = unsafe element.unsafeLoadUnaligned(fromByteOffset: 0, as: UInt32.self)
        let id = isForeign ? number.byteSwapped : number
        var stack: [UInt64] = []
        var at = 8
        while at + 8 <= element.byteCount, stack.count < Self.deepest {
            let next = address(at)
            guard next != 0 else { break }
            stack.append(next)
            at += 8
        }
        known.withLock { known in
            if known.source == nil { known.source = source }
            guard known.source == source else {
                known.hasSeveral = true
                return
            }
            // A number that is used again means another stack now, whether there is room for that one or not.
            if let old = known.stacks.removeValue(forKey: id) { known.addresses -= old.count + Self.cost }
            guard known.addresses + stack.count + Self.cost <= Self.limit else { return }
            known.addresses += stack.count + Self.cost
            known.stacks[id] = stack
        }
    }

    /// Frames of one stack.
    private static let deepest = 1 << 14
}
