// SPDX-License-Identifier: Apache-2.0

/// Elements that were read from the kernel and are not handed out yet.
struct ElementBuffer: Sendable {
    /// Bytes of a key.
    let keySize: Int
    /// Bytes of a value, of a map per CPU those of all CPUs.
    let room: Int
    /// The keys one behind the other, with room for ``capacity`` of them.
    var keys: [UInt8] = []
    /// The values in the same way.
    var values: [UInt8] = []
    /// How many elements were read, and how many of them were handed out.
    var count = 0
    var taken = 0
    /// How many elements there is room for.
    private(set) var capacity = 0

    init(keySize: Int, room: Int) {
        self.keySize = keySize
        self.room = room
    }

    /// Bytes of an element.
    var stride: Int { keySize + room }

    /// As many elements as take about so many bytes, at least `least`.
    func elements(inBytes bytes: Int, least: Int) -> Int { max(bytes / max(stride, 1), least) }

    /// Takes no element back, and makes room for so many.
    mutating func clear(room elements: Int) {
        (count, taken) = (0, 0)
        guard elements > capacity else { return }
        keys = [UInt8](repeating: 0, count: elements * keySize)
        values = [UInt8](repeating: 0, count: elements * room)
        capacity = elements
    }

    /// The key of an element.
    func key(_ index: Int) -> ArraySlice<UInt8> { keys[(index * keySize)..<((index + 1) * keySize)] }

    /// The value of an element.
    func value(_ index: Int) -> ArraySlice<UInt8> { values[(index * room)..<((index + 1) * room)] }

    /// Puts a key behind those that are there; its value was written to its place before.
    mutating func append(key: [UInt8]) {
        let start = count * keySize
        for index in 0..<min(keySize, key.count) { keys[start + index] = key[index] }
        count += 1
    }

    /// Keeps the elements that are wanted, in their order.
    mutating func keep(where isWanted: (ArraySlice<UInt8>) -> Bool) {
        var kept = 0
        for index in 0..<count where isWanted(key(index)) {
            if kept != index {
                for byte in 0..<keySize { keys[kept * keySize + byte] = keys[index * keySize + byte] }
                for byte in 0..<room { values[kept * room + byte] = values[index * room + byte] }
            }
            kept += 1
        }
        count = kept
    }
}
