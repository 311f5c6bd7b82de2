// SPDX-License-Identifier: Apache-2.0

/// What is known of a register or of 8 bytes of a stack on one way through a program.
enum CodeValue: Hashable {
    /// Nothing.
    case unknown
    /// A number.
    case number(UInt64)
    /// The address of a byte in the value of a map that is made of data.
    case data(map: Int, offset: Int)
    /// The address of a byte of a stack: which function's, by its depth, and bytes from its top.
    case stack(level: Int, offset: Int)
    /// The address of some byte of some stack.
    case stackSomewhere
    /// What the program was called with, and bytes from its start.
    case context(offset: Int)
    /// The address of a structure of the kernel, and bytes from its start that the program's code names.
    case kernel(KernelPointer, offset: Int)
    /// A map.
    case map(Int)
    /// The address of an element of a map, or of a byte in it, or null.
    case element(map: Int)
    /// The address of a function of the kernel, of which the verifier knows that it is not null.
    case kernelFunction

    /// Whether it leads to a stack.
    var isOfStack: Bool {
        switch self {
        case .stack, .stackSomewhere: true
        default: false
        }
    }

    /// Whether it leads to an element of a map.
    var isOfElement: Bool { if case .element = self { true } else { false } }

    /// The number, if it is one.
    var number: UInt64? { if case .number(let number) = self { number } else { nil } }
}

/// Where a program has the address of a structure of the kernel from.
enum KernelPointer: Hashable {
    /// `bpf_get_current_task`, or its twin with BTF.
    case task
    /// An argument of the function that the program is attached to, by its place.
    case argument(Int)
}

/// The bytes of a stack that were written, from -512 to -1.
struct StackBytes: Hashable {
    private var words = SIMD8<UInt64>(repeating: 0)

    /// Bytes of a stack (`MAX_BPF_STACK`).
    static let size = 512

    /// Marks some bytes, as far as they are of the stack.
    mutating func set(from start: Int, count: Int) {
        let first = max(start, -Self.size) + Self.size
        let end = min(start + max(count, 0), 0) + Self.size
        guard first < end else { return }
        for index in first..<end { words[index / 64] |= 1 << UInt64(index % 64) }
    }

    /// Marks all.
    mutating func setAll() { words = SIMD8(repeating: .max) }

    /// Whether a byte was written.
    subscript(offset: Int) -> Bool {
        let index = offset + Self.size
        guard (0..<Self.size).contains(index) else { return true }
        return words[index / 64] >> UInt64(index % 64) & 1 == 1
    }
}

/// The state of a program at one place, on one way to it.
struct CodeState: Hashable {
    /// A function that runs: its stack, and what its caller goes on with.
    struct Frame: Hashable {
        var slots: [Int: CodeValue] = [:]
        var written = StackBytes()
        /// What registers 6 to 9 of the caller hold.
        var saved: [CodeValue] = []
        /// Where the caller goes on.
        var back = 0
    }

    var place: Int
    /// Whether it is of a function that a helper calls: its end is not the program's.
    var isCallback = false
    var registers: [CodeValue]
    var frames: [Frame]

    init(entry: Int) {
        place = entry
        registers = [CodeValue](repeating: .unknown, count: 11)
        registers[10] = .stack(level: 0, offset: 0)
        frames = [Frame()]
    }

    subscript(register: UInt8) -> CodeValue {
        get { registers.indices.contains(Int(register)) ? registers[Int(register)] : .unknown }
        set { if Int(register) < 10 { registers[Int(register)] = newValue } }
    }

    /// What some bytes hold, as a number or an address.
    func loaded(_ address: CodeValue, _ distance: Int, width: Int, _ constants: CodeWalk.Constants) -> CodeValue {
        switch address {
        case .stack(let level, let offset):
            guard frames.indices.contains(level) else { return .unknown }
            let place = offset &+ distance
            if width == 8 { return frames[level].slots[place] ?? .unknown }
            guard (-StackBytes.size..<0).contains(place) else { return .unknown }
            // The verifier knows of parts of 8 bytes only that they are zeros.
            let slot = place & ~7
            return frames[level].slots[slot] == .number(0) && place + width <= slot + 8 ? .number(0) : .unknown
        case .data(let map, let offset):
            return constants(map, offset &+ distance, width).map { .number($0) } ?? .unknown
        default: return .unknown
        }
    }

    /// Takes in a store.
    mutating func store(_ value: CodeValue, _ address: CodeValue, _ distance: Int, width: Int) {
        switch address {
        case .stack(let level, let offset): write(level, offset &+ distance, count: width, value)
        case .stackSomewhere: writeAnywhere()
        default: break
        }
    }

    /// Takes in that bytes of a stack hold something else.
    mutating func write(_ level: Int, _ start: Int, count: Int, _ value: CodeValue = .unknown) {
        guard frames.indices.contains(level), start >= -StackBytes.size, start < 0 else { return }
        frames[level].written.set(from: start, count: count)
        for slot in frames[level].slots.keys where slot < start &+ count && slot &+ 8 > start {
            frames[level].slots[slot] = nil
        }
        if count == 8, value != .unknown { frames[level].slots[start] = value }
    }

    /// Takes in a write of which nobody knows where it goes.
    mutating func writeAnywhere() {
        for level in frames.indices {
            frames[level].written.setAll()
            frames[level].slots = [:]
        }
    }

    /// Takes in that somebody may have written behind an address.
    ///
    /// - Parameter count: How many bytes, if that is known.
    mutating func writeBehind(_ address: CodeValue, count: UInt64?) {
        switch address {
        case .stack(let level, let offset):
            guard (-StackBytes.size..<0).contains(offset) else { return }
            write(level, offset, count: min(count.flatMap { Int(exactly: $0) } ?? -offset, StackBytes.size))
        case .stackSomewhere: writeAnywhere()
        default: break
        }
    }
}
