// SPDX-License-Identifier: Apache-2.0

/// A number of an element of a map that counts something: it can be added up, and compared with what it was.
///
/// It is an integer of 1, 2, 4 or 8 bytes that is no bit-field, has no names, and is neither an address, a time nor the
/// number of something.
package struct CounterPlace: Sendable {
    private let access: ValueAccess
    /// What one value for all CPUs is made of theirs.
    package let merge: CPUMerge

    init(_ access: ValueAccess, merge: CPUMerge = .sum) {
        self.access = access
        self.merge = merge
    }

    /// Bits of the number.
    package var bits: Int { access.bits }
    /// Whether the highest of them is a sign.
    package var isSigned: Bool { access.isSigned }
    /// Bytes from the start of the element.
    package var offset: Int { access.offset }

    /// The number so many bytes further on.
    package func moved(by bytes: Int) -> CounterPlace {
        CounterPlace(access.moved(by: bytes), merge: merge)
    }

    /// The number, sign-extended to 64 bits; nil where the element ends before it.
    @inline(__always)
    package func load(_ element: RawSpan) -> UInt64? { access.load64(element, 0) }

    /// Writes the number, cut to its bits.
    package func store(_ value: UInt64, to bytes: inout [UInt8]) { access.store(value, to: &bytes) }

    /// The change from one value to another.
    ///
    /// A number without a sign that is smaller than it was has either begun anew at 0 behind its largest value or was
    /// counted down: what is the shorter way is meant. A change that 64 bits with a sign have no room for is the
    /// largest one that they do.
    package func change(from old: UInt64, to new: UInt64) -> Int64 {
        let unused = UInt64(64 - bits)
        guard !isSigned else { return Int64(bitPattern: (new &- old) << unused) >> Int64(unused) }
        let up = ((new &- old) << unused) >> unused
        guard new < old else { return Int64(clamping: up) }
        let down = old - new
        return up < down ? Int64(clamping: up) : -Int64(clamping: down)
    }
}

extension PlanNode {
    /// Whether it is a number as ``CounterPlace`` has them.
    var isCounter: Bool {
        guard shape == .integer, access.isWhole, !Self.numbersOfThings.contains(name) else { return false }
        return format == nil || format == .dec || format == .ns
    }

    /// Members that are numbers, and count nothing.
    private static let numbersOfThings: Set<String> = [
        "pid", "tgid", "tid", "ppid", "uid", "gid", "cpu", "cpu_id", "node", "ifindex", "ts", "ktime", "timestamp",
        "ts_ns", "timestamp_ns", "start_ns", "last_ns", "last_ts", "start_ts", "stack_id", "kern_stack_id",
        "user_stack_id", "cgroup_id", "port", "sport", "dport", "lport", "rport", "family", "protocol", "proto", "dev",
        "ino", "inode", "major", "minor",
    ]
}
