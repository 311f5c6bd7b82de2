// SPDX-License-Identifier: Apache-2.0

package import EventDecoding
package import Records

/// Makes rows of the elements of the snapshots of a map: one for each, or one for each CPU.
///
///     rows.begin(head)
///     for number in 0..<rows.perElement { let cpu = rows.make(number, of: element, into: &row) … }
///     rows.end(end)
///     while let cpu = rows.makeGone(into: &row) { … }
///
/// A row is an event of ``ElementParts/plan``: the key, the value, and behind them what was asked for beside them. It
/// ends in front of `change` where nothing is known of the snapshot before.
package struct SnapshotRows: ~Copyable {
    /// What a row consists of.
    package let parts: ElementParts
    /// Whether sums of values did not fit their type, so that the largest value that does stands for them.
    package private(set) var hasOverflowed = false
    /// Whether elements are not compared with the next snapshot, as there is no room to keep them.
    package private(set) var hasForgotten = false

    private let fold: CPUFold
    private let isGlobals: Bool
    private let room: ElementRoom
    private var head: SnapshotHead?
    /// From one CPU's value to that of the next.
    private var stride = 8
    private var previous: ElementTable?
    private var current: ElementTable?
    /// When the snapshot before was begun; nil if there is none that can be compared with.
    private var previousBegan: UInt64?
    /// Whether the snapshot before has all elements that there were.
    private var isPreviousWhole = false
    /// The next of the elements before that may have gone; nil if that is not known.
    private var gone: Int?

    /// Creates the rows of a map.
    ///
    /// - Parameters:
    ///   - parts: The type of an element, and what is beside it.
    ///   - isGlobals: Whether the one element is global variables.
    ///   - room: The memory for elements of snapshots before, that of all maps.
    package init(
        _ parts: ElementParts, _ options: TableOptions, isGlobals: Bool = false, room: ElementRoom = ElementRoom()
    ) {
        self.parts = parts
        self.room = room
        fold = options.fold
        self.isGlobals = isGlobals
    }

    /// What is beside the elements of a map.
    package static func extras(_ options: TableOptions, isPerCPU: Bool) -> ElementParts.Extras {
        var extras: ElementParts.Extras = []
        if options.fold == .minmax && isPerCPU { extras.insert(.extremes) }
        if options.hasChanges { extras.insert(.changes) }
        return extras
    }

    /// Whether the elements of a snapshot can be of the type: their sizes are what it says.
    package func fits(_ head: SnapshotHead) -> Bool {
        parts.value.lowerBound == Self.padded(head.keySize) && parts.value.count == head.valueSize
            && parts.endsWithValue
    }

    /// Begins a snapshot, whose elements ``fits(_:)`` says to be of the type.
    package mutating func begin(_ head: SnapshotHead) {
        self.head = head
        stride = Self.padded(head.valueSize)
        gone = nil
        guard parts.extras.contains(.changes), head.keySize > 0 || isGlobals else { return }
        if current == nil {
            let size = Self.padded(parts.value.upperBound)
            current = ElementTable(rowSize: size, keySize: head.keySize, room: room)
            previous = ElementTable(rowSize: size, keySize: head.keySize, room: room)
        }
        current?.removeAll()
    }

    private static func padded(_ size: Int) -> Int { (max(size, 0) + 7) & ~7 }

    /// The rows of an element.
    ///
    /// Each has the key once more. Of a key that is larger than any map's beside tiny values not all CPUs have a row: the
    /// rows of an element have no more than ``rowFactor`` times its bytes.
    package func perElement(_ element: RawSpan) -> Int {
        guard fold == .each, let cpus = cpus(element) else { return 1 }
        let most = element.byteCount * Self.rowFactor / max(Self.padded(parts.value.upperBound), 1)
        return max(min(cpus, most), 1)
    }

    /// A key of 512 bytes, the largest of a hash, beside values of 8 bytes for each CPU is 65 times as much in rows.
    private static let rowFactor = 128

    /// The values of an element; nil if it has one for all CPUs.
    private func cpus(_ element: RawSpan) -> Int? {
        guard let cpus = head?.cpus, stride > 0 else { return nil }
        return min(cpus, max(element.byteCount - parts.value.lowerBound, 0) / stride)
    }

    /// Makes a row of an element.
    ///
    /// - Returns: Its CPU, if the row is that of one.
    package mutating func make(_ number: Int, of element: RawSpan, into row: inout [UInt8]) -> UInt32? {
        row.removeAll(keepingCapacity: true)
        let cpus = cpus(element)
        let isEach = fold == .each && cpus != nil
        let first = isEach ? number : cpus.map { firstUsed(element, $0) } ?? 0
        append(element, 0..<parts.value.lowerBound, to: &row)
        append(element.dropFirst(first * stride), parts.value, to: &row)
        if let cpus, !isEach { addUp(element, cpus, into: &row) }
        let cpu = isEach ? UInt32(truncatingIfNeeded: number) : nil
        if parts.extras.contains(.extremes) { appendExtremes(element, cpus ?? 1, to: &row) }
        if parts.extras.contains(.changes) { appendChanges(cpu, to: &row) }
        return cpu
    }

    /// Appends bytes of an element, zeros where it ends before them, and then the padding behind them.
    private func append(_ element: RawSpan, _ range: Range<Int>, to row: inout [UInt8]) {
        let end = min(range.upperBound, element.byteCount)
        if range.lowerBound < end {
            unsafe element.extracting(range.lowerBound..<end).withUnsafeBytes { unsafe row.append(contentsOf: $0) }
        }
        let size = Self.padded(range.upperBound)
        if row.count < size { row.append(contentsOf: repeatElement(0, count: size - row.count)) }
    }

    // MARK: CPUs

    /// The first CPU whose value is not all zeros, or else the first one.
    private func firstUsed(_ element: RawSpan, _ cpus: Int) -> Int {
        (0..<cpus).first { isUsed(element, $0) } ?? 0
    }

    /// Whether the value of a CPU is not all zeros.
    private func isUsed(_ element: RawSpan, _ cpu: Int) -> Bool {
        let value = element.dropFirst(cpu * stride)
        for index in parts.value where index < value.byteCount {
            if unsafe value.unsafeLoad(fromByteOffset: index, as: UInt8.self) != 0 { return true }
        }
        return false
    }

    private mutating func addUp(_ element: RawSpan, _ cpus: Int, into row: inout [UInt8]) {
        var used: [Int]?
        for counter in parts.counters {
            guard counter.merge == .sum else {
                let some = used ?? (0..<cpus).filter { isUsed(element, $0) }
                used = some
                let (least, largest) = extremes(counter, element, some)
                // A CPU that never ran says nothing of a minimum.
                counter.store(some.isEmpty ? 0 : counter.merge == .min ? least : largest, to: &row)
                continue
            }
            var sum: UInt64 = 0
            for cpu in 0..<cpus { sum &+= counter.load(element.dropFirst(cpu * stride)) ?? 0 }
            counter.store(limited(sum, counter), to: &row)
        }
    }

    /// The least and the largest number that some CPUs have.
    private func extremes(
        _ counter: CounterPlace, _ element: RawSpan, _ cpus: some Collection<Int>
    ) -> (least: UInt64, largest: UInt64) {
        var (least, largest) = (UInt64.max, UInt64.min)
        // With the sign the other way round, numbers with one are in the order of those without.
        let flip: UInt64 = counter.isSigned ? 1 << 63 : 0
        for cpu in cpus {
            let found = (counter.load(element.dropFirst(cpu * stride)) ?? 0) ^ flip
            least = min(least, found)
            largest = max(largest, found)
        }
        return (least ^ flip, largest ^ flip)
    }

    /// A sum as far as the counter's type has it: numbers of 8 bytes count on beyond their largest value, since a
    /// program may count up on one CPU and down on another.
    private mutating func limited(_ sum: UInt64, _ counter: CounterPlace) -> UInt64 {
        guard counter.bits < 64 else { return sum }
        if counter.isSigned {
            let most = Int64(1) << Int64(counter.bits - 1) - 1
            let value = Int64(bitPattern: sum)
            if value > most || value < -most - 1 { hasOverflowed = true }
            return UInt64(bitPattern: min(max(value, -most - 1), most))
        }
        let most = UInt64(1) << UInt64(counter.bits) - 1
        if sum > most { hasOverflowed = true }
        return min(sum, most)
    }

    private func appendExtremes(_ element: RawSpan, _ cpus: Int, to row: inout [UInt8]) {
        let value = row[parts.value]
        for start in [parts.extremes.least, parts.extremes.largest] {
            row.append(contentsOf: value)
            row.append(contentsOf: repeatElement(0, count: max(start + stride - row.count, 0)))
        }
        for counter in parts.counters {
            let (least, largest) = extremes(counter, element, 0..<cpus)
            counter.moved(by: parts.extremes.least - parts.value.lowerBound).store(least, to: &row)
            counter.moved(by: parts.extremes.largest - parts.value.lowerBound).store(largest, to: &row)
        }
    }

    // MARK: Changes

    private mutating func appendChanges(_ cpu: UInt32?, to row: inout [UInt8]) {
        let size = Self.padded(parts.value.upperBound)
        guard current != nil else { return }
        let key = cpu ?? 0
        unsafe current?.insert(row.span.bytes.extracting(0..<size), key)
        guard let began = previousBegan, let head else { return }
        let found = unsafe previous?.find(row.span.bytes.extracting(0..<size), key)
        guard found != nil || isPreviousWhole else { return }
        if let found { previous?.mark(found) }
        append(found == nil ? .new : .same, since: found, seconds(began, head.began), to: &row)
    }

    private func seconds(_ from: UInt64, _ to: UInt64) -> Double { to > from ? Double(to - from) / 1e9 : 0 }

    private enum Change: UInt8 {
        case same, new, gone
    }

    private func append(_ change: Change, since old: Int?, _ seconds: Double, to row: inout [UInt8]) {
        var deltas: [Int64] = []
        if parts.deltas < parts.rates || !parts.counters.isEmpty && parts.hasAllCounters {
            deltas.reserveCapacity(parts.counters.count)
            let before = old.flatMap { previous?.row($0) }
            for counter in parts.counters {
                let new = unsafe counter.load(row.span.bytes) ?? 0
                let old = before.flatMap { unsafe counter.load($0.span.bytes) } ?? 0
                deltas.append(change == .gone ? 0 : counter.change(from: old, to: new))
            }
        }
        row.append(contentsOf: [change.rawValue, 0, 0, 0, 0, 0, 0, 0])
        for delta in deltas { append(UInt64(bitPattern: delta), to: &row) }
        for delta in deltas {
            append((seconds > 0 ? Self.rounded(Double(delta) / seconds) : 0).bitPattern, to: &row)
        }
    }

    /// As many places as anybody reads: two, or one from 100 on.
    private static func rounded(_ rate: Double) -> Double {
        let places: Double = abs(rate) < 100 ? 100 : abs(rate) < 1e12 ? 10 : 1
        return (rate * places).rounded() / places
    }

    private func append(_ bits: UInt64, to row: inout [UInt8]) {
        let bits = parts.plan.isLittleEndian ? bits.littleEndian : bits.bigEndian
        unsafe withUnsafeBytes(of: bits) { unsafe row.append(contentsOf: $0) }
    }

    /// Ends a snapshot.
    package mutating func end(_ end: SnapshotEnd) {
        finish(isWhole: end.extent == .whole)
    }

    /// Ends a snapshot of which parts are missing, or leaves what is gone since the one before.
    package mutating func abandon() {
        if gone != nil { swapTables() }
        finish(isWhole: false)
    }

    private mutating func finish(isWhole: Bool) {
        guard let head, current != nil else { return }
        self.head = nil
        gone = isWhole && previousBegan != nil ? 0 : nil
        goneSeconds = previousBegan.map { seconds($0, head.began) } ?? 0
        isPreviousWhole = isWhole && current?.isFull == false
        if current?.isFull == true { hasForgotten = true }
        previousBegan = head.began
        if gone == nil { swapTables() }
    }

    private var goneSeconds = 0.0

    private mutating func swapTables() {
        gone = nil
        swap(&current, &previous)
    }

    /// Makes the row of the next element that was in the snapshot before and is gone.
    ///
    /// Only between ``end(_:)`` and ``begin(_:)``, and to be called until there is none.
    ///
    /// - Returns: Its CPU, if the row is that of one; nil if there is no further row.
    package mutating func makeGone(into row: inout [UInt8]) -> UInt32?? {
        while let number = gone {
            guard let table = previous, number < table.count else {
                swapTables()
                return nil
            }
            gone = number + 1
            guard !table.isMarked(number) else { continue }
            row.removeAll(keepingCapacity: true)
            row.append(contentsOf: table.row(number))
            if parts.extras.contains(.extremes) {
                let value = row[parts.value]
                for start in [parts.extremes.least, parts.extremes.largest] {
                    row.append(contentsOf: value)
                    row.append(contentsOf: repeatElement(0, count: max(start + stride - row.count, 0)))
                }
            }
            append(.gone, since: nil, goneSeconds, to: &row)
            return .some(fold == .each ? table.cpu(number) : nil)
        }
        return nil
    }
}

extension RawSpan {
    /// What is behind so many bytes; nothing if there are not as many.
    @_lifetime(copy self)
    @inline(__always)
    fileprivate func dropFirst(_ bytes: Int) -> RawSpan { extracting(Swift.min(bytes, byteCount)..<byteCount) }
}
