// SPDX-License-Identifier: Apache-2.0

/// The functions that a compiler made while its program ran, as it lists them in `/tmp/perf-PID.map`: a line of
/// `START SIZE NAME` each, the numbers in hexadecimal.
///
/// The program writes what it likes: lines of another form are passed over.
package struct PerfMap: Sendable {
    private struct Entry {
        let start: UInt64
        let end: UInt64
        /// Where the name is in the text, by which it tells what was listed later, too.
        let name: Range<Int>
    }

    /// Addresses from one on that are of the same function.
    private struct Piece {
        let start: UInt64
        /// Which one; nil is none.
        let entry: Int32?
    }

    private let text: [UInt8]
    /// In the order of their addresses.
    private let entries: [Entry]
    /// In the order of their addresses: each reaches to the next one.
    private let pieces: [Piece]

    /// Bytes of a list that are read: large programs in Java have some.
    package static let largest = 64 << 20
    /// Functions that are kept.
    private static let most = 1 << 20
    /// Bytes of a name that are shown.
    private static let longestName = 4_096

    /// What putting a list in order costs, in bytes of a file that take as long to read.
    package static func cost(of text: [UInt8]) -> Int {
        let span = text.span
        var lines = 1
        for index in span.indices where span[index] == UInt8(ascii: "\n") { lines += 1 }
        return min(lines, most) * costOfLine
    }

    private static let costOfLine = 64

    /// Reads a list, as far as it is not larger than ``largest``.
    package init(parsing text: [UInt8]) {
        let text = text.count <= Self.largest ? text : Array(text.prefix(Self.largest))
        self.text = text
        entries = Self.sorted(Self.listed(text))
        pieces = Self.pieces(of: entries)
    }

    private static func listed(_ text: [UInt8]) -> [Entry] {
        var entries: [Entry] = []
        let span = text.span
        var at = 0
        while at < span.count, entries.count < most {
            var end = at
            while end < span.count, span[end] != UInt8(ascii: "\n") { end += 1 }
            if let entry = entry(span, at..<end) { entries.append(entry) }
            at = end + 1
        }
        return entries
    }

    /// Puts functions in the order of their addresses.
    ///
    /// Code is thrown away and its memory used again: what is listed last is there now.
    private static func sorted(_ listed: [Entry]) -> [Entry] {
        let order = listed.indices.sorted { (listed[$0].start, -$0) < (listed[$1].start, -$1) }
        var sorted: [Entry] = []
        sorted.reserveCapacity(listed.count)
        for index in order where sorted.last?.start != listed[index].start { sorted.append(listed[index]) }
        return sorted
    }

    /// Which function each address is of: of several around it the one that is listed last.
    ///
    /// - Parameter entries: In the order of their addresses, which are different ones.
    private static func pieces(of entries: [Entry]) -> [Piece] {
        var pieces: [Piece] = []
        // Those around the place that was reached, and some that ended before it.
        var around = NewestFirst()
        var index = 0
        var place: UInt64 = 0
        func put(_ entry: Int32?) {
            if pieces.last?.start == place { pieces.removeLast() }
            if pieces.last?.entry != entry || pieces.isEmpty { pieces.append(Piece(start: place, entry: entry)) }
        }
        while true {
            while let top = around.first, entries[Int(top)].end <= place { around.removeFirst() }
            let next = index < entries.count ? entries[index].start : nil
            if next == place || around.first == nil {
                guard let next else {
                    put(nil)
                    return pieces
                }
                if next > place {
                    put(nil)
                    place = next
                }
                around.insert(Int32(index), turn: entries[index].name.lowerBound)
                index += 1
                // What ended is seen to before the newest one is asked for.
                continue
            }
            guard let top = around.first else { continue }
            put(top)
            place = min(entries[Int(top)].end, next ?? .max)
        }
    }

    private static func entry(_ text: borrowing Span<UInt8>, _ line: Range<Int>) -> Entry? {
        var at = line.lowerBound
        guard let start = number(text, &at, line.upperBound), let size = number(text, &at, line.upperBound) else {
            return nil
        }
        let (end, isTooFar) = start.addingReportingOverflow(size)
        let last = min(line.upperBound, at + longestName)
        guard !isTooFar, size > 0, at < last else { return nil }
        return Entry(start: start, end: end, name: at..<last)
    }

    /// A number and the spaces behind it.
    private static func number(_ text: borrowing Span<UInt8>, _ at: inout Int, _ end: Int) -> UInt64? {
        if at + 2 <= end, text[at] == UInt8(ascii: "0"), text[at + 1] | 0x20 == UInt8(ascii: "x") { at += 2 }
        var value: UInt64 = 0
        let first = at
        while at < end, at - first < 16 {
            let digit: UInt8
            switch text[at] {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = text[at] - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = text[at] - UInt8(ascii: "a") + 10
            case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = text[at] - UInt8(ascii: "A") + 10
            default: digit = 16
            }
            guard digit < 16 else { break }
            value = value << 4 | UInt64(digit)
            at += 1
        }
        guard at > first, at < end, text[at] == UInt8(ascii: " ") else { return nil }
        while at < end, text[at] == UInt8(ascii: " ") { at += 1 }
        return value
    }

    /// How many functions there are.
    package var count: Int { entries.count }

    /// Bytes that it keeps.
    package var byteCount: Int {
        text.count + entries.count * MemoryLayout<Entry>.stride + pieces.count * MemoryLayout<Piece>.stride
    }

    /// The function that an address lies in, and the bytes in front of it there.
    package func function(at address: UInt64) -> (name: String, offset: UInt64)? {
        let low = pieces.count(upTo: address) { $0.start }
        guard low > 0, let index = pieces[low - 1].entry else { return nil }
        let entry = entries[Int(index)]
        return (String(decoding: text[entry.name], as: UTF8.self), address - entry.start)
    }
}

/// Numbers of which the one that came last is the first: a heap.
private struct NewestFirst {
    private var items: [(turn: Int, entry: Int32)] = []

    var first: Int32? { items.first?.entry }

    mutating func insert(_ entry: Int32, turn: Int) {
        var at = items.count
        items.append((turn, entry))
        while at > 0, items[(at - 1) / 2].turn < items[at].turn {
            items.swapAt(at, (at - 1) / 2)
            at = (at - 1) / 2
        }
    }

    mutating func removeFirst() {
        guard let last = items.popLast(), !items.isEmpty else { return }
        items[0] = last
        var at = 0
        while true {
            var newest = at
            for child in [2 * at + 1, 2 * at + 2] where child < items.count && items[child].turn > items[newest].turn {
                newest = child
            }
            guard newest != at else { return }
            items.swapAt(at, newest)
            at = newest
        }
    }
}
