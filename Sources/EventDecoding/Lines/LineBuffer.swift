// SPDX-License-Identifier: Apache-2.0

/// Text on its way out: lines are put together here and leave with one write(2).
///
/// The buffer grows when it must and keeps its size, so that printing allocates nothing once it runs.
@safe package struct LineBuffer: ~Copyable {
    private var storage: UnsafeMutableRawPointer
    private var capacity: Int
    private var end = 0
    /// Where the text of an event ends at the latest, as what it takes beside its bytes is charged; ``Int/max`` where it is
    /// not bounded.
    private var limit = Int.max
    /// Where it ends whatever it takes.
    private var last = Int.max
    /// Where that text begins, and where it could have ended.
    private var bounds = (start: 0, limit: Int.max)
    /// Whether something of the event was left out since it has no room.
    package private(set) var isCut = false
    /// The process that the stacks of the event at hand are of, as the initial namespace has it; nil if that is not known.
    var process: UInt32?

    /// Creates an empty buffer.
    ///
    /// - Parameter capacity: Bytes to hold before it grows.
    package init(capacity: Int = 1 << 18) {
        self.capacity = max(capacity, 64)
        unsafe storage = .allocate(byteCount: self.capacity, alignment: 16)
    }

    deinit {
        unsafe storage.deallocate()
    }

    /// The bytes of the text.
    package var bytes: RawSpan {
        @_lifetime(borrow self)
        get {
            let bytes = unsafe UnsafeRawBufferPointer(start: storage, count: end)
            return unsafe _overrideLifetime(RawSpan(_unsafeBytes: bytes), borrowing: self)
        }
    }

    /// The number of bytes of the text.
    package var count: Int { end }

    /// Empties the buffer.
    package mutating func removeAll() {
        end = 0
    }

    // MARK: The bound of an event's text

    /// Bounds what is appended from here to ``close()``: by so many bytes, as those count that know of the bound, and by
    /// ``TextBudget/largestEvent``.
    package mutating func open(room: Int) {
        isCut = false
        limit = end + max(room, 0)
        last = end + TextBudget.largestEvent
        bounds = (end, limit)
    }

    /// Ends the bound.
    ///
    /// - Returns: What the text took of the room: its bytes, and what was charged for.
    @discardableResult
    package mutating func close() -> Int {
        defer { (limit, last) = (.max, .max) }
        return limit == .max ? 0 : (end - bounds.start) + (bounds.limit - limit)
    }

    /// Whether a bound holds.
    var isBounded: Bool { limit != .max }

    /// Bytes that there is still room for.
    @inline(__always)
    var room: Int { min(limit, last) &- end }

    /// Takes room for work that its bytes do not tell of; so many bytes take as long.
    @inline(__always)
    package mutating func charge(_ cost: Int) {
        if limit != .max { limit &-= cost }
    }

    /// Notes that the event goes on and has no room.
    package mutating func cut() { isCut = true }

    /// Appends a fixed text.
    @inline(__always)
    package mutating func append(_ text: StaticString) {
        guard text.hasPointerRepresentation else {
            text.withUTF8Buffer { utf8 in unsafe append(utf8) }
            return
        }
        unsafe append(UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// Appends a number in decimal, with a minus sign where it is negative.
    package mutating func append(_ number: Int64) {
        if number < 0 { append("-") }
        append(number.magnitude)
    }

    /// Appends a number in decimal.
    package mutating func append(_ number: UInt64) {
        let digits = Self.digitCount(number)
        reserve(digits)
        var place = unsafe storage + (end &+ digits)
        var rest = number
        // Two digits a step, from the end: half the divisions.
        while rest >= 100 {
            let quotient = rest / 100
            unsafe place -= 2
            unsafe place.storeBytes(of: Self.pair(rest &- quotient &* 100), as: UInt16.self)
            rest = quotient
        }
        if rest >= 10 {
            unsafe (place - 2).storeBytes(of: Self.pair(rest), as: UInt16.self)
        } else {
            unsafe (place - 1).storeBytes(of: UInt8(truncatingIfNeeded: rest) | UInt8(ascii: "0"), as: UInt8.self)
        }
        end &+= digits
    }

    /// The two digits of a number below 100, as they lie in memory.
    @inline(__always)
    private static func pair(_ number: UInt64) -> UInt16 {
        let tens = (number &* 103) &>> 10
        return UInt16(truncatingIfNeeded: tens | (number &- tens &* 10) &<< 8 | 0x3030).littleEndian
    }

    /// Appends a number in decimal, with a minus sign where it is negative.
    package mutating func append(_ number: Int128) {
        if number < 0 { append("-") }
        append(number.magnitude)
    }

    /// Appends a number in decimal.
    package mutating func append(_ number: UInt128) {
        if let small = UInt64(exactly: number) { return append(small) }
        let (rest, low) = number.quotientAndRemainder(dividingBy: 10_000_000_000_000_000_000)
        append(rest)
        append(UInt64(truncatingIfNeeded: low), digits: 19)
    }

    /// Appends the last `digits` decimal digits of a number, with zeros in front.
    mutating func append(_ number: UInt64, digits: Int) {
        reserve(digits)
        let start = unsafe storage + end
        var rest = number
        var index = digits
        while index >= 2 {
            let quotient = rest / 100
            index &-= 2
            unsafe start.storeBytes(
                of: Self.pair(rest &- quotient &* 100), toByteOffset: index, as: UInt16.self)
            rest = quotient
        }
        if index == 1 {
            unsafe start.storeBytes(of: UInt8(truncatingIfNeeded: rest % 10) + UInt8(ascii: "0"), as: UInt8.self)
        }
        end += digits
    }

    /// Appends a number in a base of a power of two, in lower case and without a prefix.
    ///
    /// - Parameters:
    ///   - number: The number.
    ///   - bitsPerDigit: 1 for binary, 3 for octal, 4 for hexadecimal.
    ///   - minimum: The fewest digits: zeros are put in front.
    mutating func append(_ number: UInt128, bitsPerDigit: Int, minimum: Int = 1) {
        let used = 128 - number.leadingZeroBitCount
        let digits = max(minimum, (used + bitsPerDigit - 1) / bitsPerDigit)
        reserve(digits)
        let mask = (UInt8(1) << UInt8(bitsPerDigit)) - 1
        var (low, high) = (UInt64(truncatingIfNeeded: number), UInt64(truncatingIfNeeded: number >> 64))
        let start = unsafe (storage + end).assumingMemoryBound(to: UInt8.self)
        var index = digits
        while index > 0 {
            index -= 1
            unsafe start[index] = Self.hexDigit(UInt8(truncatingIfNeeded: low) & mask)
            low = low &>> UInt64(bitsPerDigit) | high &<< UInt64(64 - bitsPerDigit)
            high &>>= UInt64(bitsPerDigit)
        }
        end += digits
    }

    /// The lower-case digit of a value below 16.
    static func hexDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") - 10 + value
    }

    /// Appends one byte as it is: it must be a part of safe text.
    @inline(__always)
    mutating func append(byte: UInt8) {
        reserve(1)
        unsafe storage.storeBytes(of: byte, toByteOffset: end, as: UInt8.self)
        end &+= 1
    }

    /// Appends a byte that is not shown as itself: `\xNN`.
    @inline(__always)
    mutating func appendHexEscape(_ byte: UInt8) {
        let digits = UInt32(Self.hexDigit(byte >> 4)) << 16 | UInt32(Self.hexDigit(byte & 0xf)) << 24
        reserve(4)
        // `\x` and the two digits, as they lie in memory.
        unsafe storage.storeBytes(of: (digits | 0x785c).littleEndian, toByteOffset: end, as: UInt32.self)
        end &+= 4
    }

    /// Copies bytes from an offset on, eight a step, as long as all eight are such as they should be.
    ///
    /// - Returns: The offset behind what was copied.
    @inline(__always)
    mutating func appendWords(
        of bytes: RawSpan, from start: Int, while isWanted: (_ word: UInt64) -> Bool
    ) -> Int {
        var at = start
        reserve(max(bytes.byteCount - start, 0))
        while bytes.byteCount - at >= 8 {
            let word = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: at, as: UInt64.self)
            guard isWanted(word) else { break }
            unsafe storage.storeBytes(of: word, toByteOffset: end, as: UInt64.self)
            at &+= 8
            end &+= 8
        }
        return at
    }

    /// Appends one byte several times.
    mutating func append(byte: UInt8, count: Int) {
        guard count > 0 else { return }
        reserve(count)
        unsafe (storage + end).initializeMemory(as: UInt8.self, repeating: byte, count: count)
        end += count
    }

    /// Appends a short text as it is, without a call to copy it: a name, a separator.
    @inline(__always)
    mutating func append(short bytes: RawSpan) {
        let count = bytes.byteCount
        guard (4...32).contains(count) else { return append(raw: bytes) }
        reserve(count)
        // From both ends, over each other in the middle.
        unsafe bytes.withUnsafeBytes { bytes in
            guard let from = bytes.baseAddress else { return }
            let to = unsafe storage + end
            if count >= 16 {
                unsafe Self.copy(from, to, 0, count &- 16, as: (UInt64, UInt64).self)
            } else if count >= 8 {
                unsafe Self.copy(from, to, 0, count &- 8, as: UInt64.self)
            } else {
                unsafe Self.copy(from, to, 0, count &- 4, as: UInt32.self)
            }
        }
        end &+= count
    }

    @inline(__always)
    private static func copy<Word: BitwiseCopyable>(
        _ from: UnsafeRawPointer, _ to: UnsafeMutableRawPointer, _ first: Int, _ last: Int, as word: Word.Type
    ) {
        let (low, high) = unsafe (
            from.loadUnaligned(fromByteOffset: first, as: word), from.loadUnaligned(fromByteOffset: last, as: word)
        )
        unsafe to.storeBytes(of: low, toByteOffset: first, as: word)
        unsafe to.storeBytes(of: high, toByteOffset: last, as: word)
    }

    /// Appends bytes as they are; the caller knows that they are safe text, or writes binary data.
    ///
    /// Bytes of an event go through `appendEscaped(_:quoted:)` or `appendJSON(_:)`.
    package mutating func append(raw bytes: RawSpan) {
        unsafe bytes.withUnsafeBytes { bytes in
            guard let start = bytes.baseAddress else { return }
            reserve(bytes.count)
            unsafe (storage + end).copyMemory(from: start, byteCount: bytes.count)
            end += bytes.count
        }
    }

    /// Shortens the text; nothing happens if it has no more bytes than that.
    package mutating func truncate(to count: Int) {
        end = max(0, min(end, count))
    }

    /// Moves the last bytes of the text to a place in front of others.
    ///
    /// - Parameters:
    ///   - start: The place, in bytes from the start of the text.
    ///   - count: How many bytes; they are all spaces, so that they are written anew.
    mutating func moveSpaces(to start: Int, count: Int) {
        guard start >= 0, count > 0, start <= end - count else { return }
        unsafe (storage + start + count).copyMemory(from: storage + start, byteCount: end - count - start)
        unsafe (storage + start).initializeMemory(as: UInt8.self, repeating: UInt8(ascii: " "), count: count)
    }

    /// Makes a JSON string of what was appended last, which is safe text already.
    ///
    /// - Parameter start: Where that begins.
    mutating func quoteJSON(from start: Int) {
        guard start >= 0, start <= end else { return }
        func isMark(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") }
        var added = 2
        for index in start..<end where isMark(unsafe storage.load(fromByteOffset: index, as: UInt8.self)) { added += 1 }
        reserve(added)
        let text = unsafe storage.assumingMemoryBound(to: UInt8.self)
        // From the end, so that no byte is written over that is still to be moved.
        var (from, to) = (end, end + added - 1)
        end += added
        unsafe text[to] = UInt8(ascii: "\"")
        while from > start {
            from -= 1
            to -= 1
            let byte = unsafe text[from]
            unsafe text[to] = byte
            if isMark(byte) {
                to -= 1
                unsafe text[to] = UInt8(ascii: "\\")
            }
        }
        unsafe text[start] = UInt8(ascii: "\"")
    }

    @inline(__always)
    private mutating func append(_ utf8: UnsafeBufferPointer<UInt8>) {
        guard let start = utf8.baseAddress else { return }
        reserve(utf8.count)
        unsafe (storage + end).copyMemory(from: start, byteCount: utf8.count)
        end += utf8.count
    }

    @inline(__always)
    private mutating func reserve(_ count: Int) {
        if count > capacity - end { grow(count) }
    }

    @inline(never)
    private mutating func grow(_ count: Int) {
        let larger = max(capacity * 2, end + count)
        let moved = UnsafeMutableRawPointer.allocate(byteCount: larger, alignment: 16)
        unsafe moved.copyMemory(from: storage, byteCount: end)
        unsafe storage.deallocate()
        unsafe storage = moved
        capacity = larger
    }

    @inline(__always)
    private static func digitCount(_ number: UInt64) -> Int {
        var digits = 1
        var rest = number
        while rest >= 10_000 {
            rest /= 10_000
            digits += 4
        }
        return digits + (rest >= 1000 ? 3 : rest >= 100 ? 2 : rest >= 10 ? 1 : 0)
    }
}
