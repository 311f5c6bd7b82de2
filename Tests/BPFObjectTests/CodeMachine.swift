// SPDX-License-Identifier: Apache-2.0

@testable import BPFObject

/// Runs programs without a kernel: what a helper gives back is made of a seed, and what each is given is written down.
struct CodeMachine {
    /// What a helper was given, or what the program gave back.
    enum Event: Equatable {
        case call(helper: Int32, arguments: [UInt64?], frame: [UInt8?])
        case result(UInt64)
        case stopped
    }

    static let context: UInt64 = 0xffff_c900_0001_0000
    static let user: UInt64 = 0xffff_c900_00ff_0f58
    private static let frames: UInt64 = 0xffff_c900_0020_0000

    let code: [Instruction]
    let seed: UInt64
    /// Bytes of each function's frame that are compared, by the index of an instruction.
    let depth: (Int) -> Int
    /// The helper calls that only copy memory, and that nobody compares.
    let copies: Set<Int>
    private var memory: [UInt64: UInt8] = [:]
    private(set) var events: [Event] = []
    private var left = 4_000

    init(_ code: [Instruction], seed: UInt64, depth: @escaping (Int) -> Int, copies: Set<Int> = []) {
        self.code = code
        self.seed = seed
        self.depth = depth
        self.copies = copies
    }

    mutating func put(_ value: UInt64, at address: UInt64, size: Int = 8) {
        for byte in 0..<size { memory[address &+ UInt64(byte)] = UInt8(truncatingIfNeeded: value >> UInt64(8 * byte)) }
    }

    private func made(_ words: UInt64...) -> UInt64 {
        var random = SplitMix(seed: words.reduce(seed) { ($0 &* 31) ^ $1 })
        return random.next()
    }

    private func byte(_ address: UInt64) -> UInt8 {
        memory[address] ?? UInt8(truncatingIfNeeded: made(1, address >> 3) >> (8 * (address & 7)))
    }

    private func get(_ address: UInt64, _ size: Int) -> UInt64 {
        (0..<size).reduce(0) { $0 | UInt64(byte(address &+ UInt64($1))) << UInt64(8 * $1) }
    }

    mutating func run() {
        guard let result = call(0, [Self.context, nil, nil, nil, nil], level: 0) else {
            events.append(.stopped)
            return
        }
        events.append(.result(result))
    }

    private mutating func call(_ start: Int, _ arguments: [UInt64?], level: UInt64) -> UInt64? {
        guard level < 8 else { return nil }
        let frame = Self.frames - 0x1000 * level
        var registers: [UInt64?] = [nil] + arguments + [nil, nil, nil, nil, frame]
        var index = start
        while code.indices.contains(index) {
            left -= 1
            guard left > 0 else { return nil }
            let instruction = code[index]
            let (to, from) = (Int(instruction.destination), Int(instruction.source))
            let offset = UInt64(bitPattern: Int64(instruction.offset))
            let size = [0x00: 4, 0x08: 2, 0x10: 1, 0x18: 8][Int(instruction.code & 0x18)] ?? 8
            let number = UInt64(bitPattern: Int64(instruction.immediate))
            var next = index + 1
            switch instruction.codeClass {
            case .load:
                let pointer = 0xffff_8880_0000_0000 | (made(2, UInt64(from), number) >> 34) & ~63
                registers[to] = from == 0 ? number & 0xffff_ffff : pointer
                next = index + 2
            case .loadRegister: registers[to] = get((registers[from] ?? 0) &+ offset, size)
            case .store: put(number, at: (registers[to] ?? 0) &+ offset, size: size)
            case .storeRegister:
                let address = (registers[to] ?? 0) &+ offset
                if instruction.isAtomic {
                    let old = get(address, size)
                    put(old &+ (registers[from] ?? 0), at: address, size: size)
                    if instruction.immediate & 1 != 0 { registers[from] = old }
                } else {
                    put(registers[from] ?? 0, at: address, size: size)
                }
            case .arithmetic64, .arithmetic32:
                let isWide = instruction.codeClass == .arithmetic64
                let mask: UInt64 = isWide ? .max : 0xffff_ffff
                let left = (registers[to] ?? 0) & mask
                let right = (instruction.code & 8 != 0 ? registers[from] ?? 0 : number) & mask
                let shift = right & (isWide ? 63 : 31)
                let result: UInt64
                switch instruction.code & 0xf0 {
                case 0x00: result = left &+ right
                case 0x10: result = left &- right
                case 0x20: result = left &* right
                case 0x30: result = right == 0 ? 0 : left / right
                case 0x40: result = left | right
                case 0x50: result = left & right
                case 0x60: result = left << shift
                case 0x70: result = left >> shift
                case 0x80: result = 0 &- left
                case 0x90: result = right == 0 ? left : left % right
                case 0xa0: result = left ^ right
                case 0xc0:
                    result =
                        isWide
                        ? UInt64(bitPattern: Int64(bitPattern: left) >> Int64(shift))
                        : UInt64(UInt32(bitPattern: Int32(truncatingIfNeeded: left) >> Int32(shift)))
                default: result = right
                }
                registers[to] = result & mask
            case .jump, .jump32:
                switch instruction.code {
                case 0x95: return registers[0] ?? 0
                case 0x85:
                    guard let result = take(instruction, index, registers, frame, level) else { return nil }
                    registers[0] = result
                    for register in 1...5 { registers[register] = nil }
                case 0x05, 0x06: next = instruction.jumpTarget(from: index) ?? code.count
                default:
                    let isWide = instruction.codeClass == .jump
                    let mask: UInt64 = isWide ? .max : 0xffff_ffff
                    let left = (registers[to] ?? 0) & mask
                    let right = (instruction.code & 8 != 0 ? registers[from] ?? 0 : number) & mask
                    if Self.isTrue(instruction.code & 0xf0, left, right, isWide) {
                        next = instruction.jumpTarget(from: index) ?? code.count
                    }
                }
            }
            index = next
        }
        return nil
    }

    private static func isTrue(_ operation: UInt8, _ left: UInt64, _ right: UInt64, _ isWide: Bool) -> Bool {
        func signed(_ value: UInt64) -> Int64 {
            isWide ? Int64(bitPattern: value) : Int64(Int32(truncatingIfNeeded: value))
        }
        switch operation {
        case 0x10: return left == right
        case 0x20: return left > right
        case 0x30: return left >= right
        case 0x40: return left & right != 0
        case 0x50: return left != right
        case 0x60: return signed(left) > signed(right)
        case 0x70: return signed(left) >= signed(right)
        case 0xa0: return left < right
        case 0xb0: return left <= right
        case 0xc0: return signed(left) < signed(right)
        default: return signed(left) <= signed(right)
        }
    }

    private mutating func take(
        _ instruction: Instruction, _ index: Int, _ registers: [UInt64?], _ frame: UInt64, _ level: UInt64
    ) -> UInt64? {
        if instruction.source == Instruction.pseudoCall {
            return call(index + 1 + Int(instruction.immediate), Array(registers[1...5]), level: level + 1)
        }
        if copies.contains(index) {
            for byte in 0..<(registers[2] ?? 0) {
                memory[(registers[1] ?? 0) &+ byte] = self.byte((registers[3] ?? 0) &+ byte)
            }
            return 0
        }
        let number = UInt64(events.count)
        let bytes = (1..<(depth(index) + 1)).map { memory[frame - UInt64($0)] }
        events.append(.call(helper: instruction.immediate, arguments: Array(registers[1...5]), frame: bytes))
        if [4, 45, 112, 113, 114, 115].contains(instruction.immediate) {
            for byte in 0..<min((registers[2] ?? 0) & 0xffff, 512) {
                memory[(registers[1] ?? 0) &+ byte] = UInt8(truncatingIfNeeded: made(4, number, byte))
            }
        }
        let result = made(3, number, UInt64(UInt32(bitPattern: instruction.immediate)))
        if instruction.immediate == 1 { return result % 4 == 0 ? 0 : 0xffff_8881_0000_0000 &+ (result % 1024) * 4096 }
        return result % 3 == 0 ? result % 7 : result
    }
}
