// SPDX-License-Identifier: Apache-2.0

internal import BPFObject

/// Elements as Swift values without references: numbers, tuples and structures of them, laid out as in C.
///
///     let starts = try programs.map("exec_start")
///     for (pid, time) in try starts.entries(UInt32.self, UInt64.self) { print(pid, time) }
///
/// ``TypedMap`` is a map with its types told once.
extension Map {
    /// The value of a key; nil if there is none.
    ///
    /// - Throws: ``BPFError`` if the sizes of the types are not the map's, or the map has a value for each CPU.
    public func value<Key: BitwiseCopyable, Value: BitwiseCopyable>(
        of key: Key, as type: Value.Type = Value.self
    ) throws(BPFError) -> Value? {
        try checkPlain()
        try check(Value.self)
        return try bytes(ofKey: Memory.bytes(of: key)).map { Memory.value($0[...]) }
    }

    /// The values of a key, one for each possible CPU; nil if there is none.
    ///
    /// - Throws: ``BPFError`` if the sizes of the types are not the map's, or the map has one value for all CPUs.
    public func valuesPerCPU<Key: BitwiseCopyable, Value: BitwiseCopyable>(
        of key: Key, as type: Value.Type = Value.self
    ) throws(BPFError) -> [Value]? {
        try checkPerCPU()
        try check(Value.self)
        guard let bytes = try bytes(ofKey: Memory.bytes(of: key)) else { return nil }
        return Memory.values(bytes, size: valueSize)
    }

    /// Sets the value of a key.
    public func set<Key: BitwiseCopyable, Value: BitwiseCopyable>(
        _ value: Value, of key: Key, _ rule: UpdateRule = .any
    ) throws(BPFError) {
        try checkPlain()
        try setBytes(Memory.bytes(of: value), ofKey: Memory.bytes(of: key), rule)
    }

    /// Removes the element of a key.
    ///
    /// - Returns: Whether it was there.
    @discardableResult
    public func remove<Key: BitwiseCopyable>(_ key: Key) throws(BPFError) -> Bool {
        try removeBytes(ofKey: Memory.bytes(of: key))
    }

    /// All elements, as ``forEachElement(_:)`` finds them.
    public func entries<Key: BitwiseCopyable, Value: BitwiseCopyable>(
        _ key: Key.Type, _ value: Value.Type
    ) throws(BPFError) -> [(key: Key, value: Value)] {
        try checkPlain()
        return try all(Key.self, Value.self) { Memory.value($0[...]) }
    }

    /// All elements of a map per CPU, each with one value for each possible CPU.
    public func entriesPerCPU<Key: BitwiseCopyable, Value: BitwiseCopyable>(
        _ key: Key.Type, _ value: Value.Type
    ) throws(BPFError) -> [(key: Key, values: [Value])] {
        try checkPerCPU()
        let size = valueSize
        return try all(Key.self, Value.self) { Memory.values($0, size: size) }.map { (key: $0.key, values: $0.value) }
    }

    private func all<Key: BitwiseCopyable, Value, Element>(
        _ key: Key.Type, _ type: Value.Type, _ convert: ([UInt8]) -> Element
    ) throws(BPFError) -> [(key: Key, value: Element)] where Value: BitwiseCopyable {
        try check(key: MemoryLayout<Key>.size)
        try check(Value.self)
        var entries: [(key: Key, value: Element)] = []
        var walk = try MapWalk(self)
        while let element = try walk.next(self) {
            entries.append((Memory.value(element.key[...]), convert(element.value)))
        }
        return entries
    }

    func check<Value: BitwiseCopyable>(_ value: Value.Type) throws(BPFError) {
        guard MemoryLayout<Value>.size == valueSize else {
            throw sizeError("its values have \(valueSize) bytes, and \(Value.self) has \(MemoryLayout<Value>.size)")
        }
    }

    func checkPlain() throws(BPFError) {
        guard !type.isPerCPU else {
            throw sizeError("a map of type \(type) has a value for each CPU: valuesPerCPU, entriesPerCPU, setBytes")
        }
    }

    private func checkPerCPU() throws(BPFError) {
        guard type.isPerCPU else { throw sizeError("a map of type \(type) has one value for all CPUs") }
    }
}

/// Values as the kernel reads and writes them in memory.
enum Memory {
    /// The bytes of a value.
    static func bytes<Value: BitwiseCopyable>(of value: Value) -> [UInt8] {
        unsafe withUnsafeBytes(of: value) { unsafe Array($0) }
    }

    /// Takes a value from bytes; where there are fewer than it has, the rest is zeros.
    static func value<Value: BitwiseCopyable>(_ bytes: ArraySlice<UInt8>, as type: Value.Type = Value.self) -> Value {
        unsafe withUnsafeTemporaryAllocation(
            byteCount: MemoryLayout<Value>.size, alignment: MemoryLayout<Value>.alignment
        ) { room in
            unsafe room.initializeMemory(as: UInt8.self, repeating: 0)
            unsafe room.copyBytes(from: bytes.prefix(room.count))
            return unsafe room.load(as: Value.self)
        }
    }

    /// Takes the values of all CPUs apart, each rounded up to 8 bytes.
    static func values<Value: BitwiseCopyable>(_ bytes: [UInt8], size: Int) -> [Value] {
        stride(from: 0, to: bytes.count, by: max((size + 7) / 8 * 8, 8)).map {
            value(bytes[$0..<min($0 + size, bytes.count)])
        }
    }
}
