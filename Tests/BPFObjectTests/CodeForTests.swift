// SPDX-License-Identifier: Apache-2.0

@testable import BPFObject

/// Instructions by what they do, for programs that tests write down.
enum Code {
    static let exit = Instruction(code: 0x95)

    /// `rA = *(u64 *)(rB + offset)`, or of another size: 1, 2, 4.
    static func load(_ to: UInt8, _ from: UInt8, _ offset: Int16, size: Int = 8) -> Instruction {
        Instruction(code: 0x61 | sizes(size), destination: to, source: from, offset: offset)
    }

    /// `*(u64 *)(rA + offset) = rB`.
    static func store(_ to: UInt8, _ offset: Int16, _ from: UInt8, size: Int = 8) -> Instruction {
        Instruction(code: 0x63 | sizes(size), destination: to, source: from, offset: offset)
    }

    private static func sizes(_ size: Int) -> UInt8 { [1: 0x10, 2: 0x08, 4: 0x00][size] ?? 0x18 }

    static func move(_ to: UInt8, _ from: UInt8) -> Instruction {
        Instruction(code: 0xbf, destination: to, source: from)
    }

    static func set(_ to: UInt8, _ number: Int32) -> Instruction {
        Instruction(code: 0xb7, destination: to, immediate: number)
    }

    static func add(_ to: UInt8, _ number: Int32) -> Instruction {
        Instruction(code: 0x07, destination: to, immediate: number)
    }

    static func add(_ to: UInt8, register: UInt8) -> Instruction {
        Instruction(code: 0x0f, destination: to, source: register)
    }

    static func helper(_ number: Int32) -> Instruction { Instruction(code: 0x85, immediate: number) }

    /// A call of a function that begins so many instructions behind the next one.
    static func call(_ distance: Int32) -> Instruction { Instruction(code: 0x85, source: 1, immediate: distance) }

    static func go(_ distance: Int16) -> Instruction { Instruction(code: 0x05, offset: distance) }

    /// `if rA == 0 goto`.
    static func ifZero(_ register: UInt8, _ distance: Int16) -> Instruction {
        Instruction(code: 0x15, destination: register, offset: distance)
    }
}
