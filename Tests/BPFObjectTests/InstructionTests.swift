// SPDX-License-Identifier: Apache-2.0

import BTF
import BPFObject
import Testing

struct InstructionTests {
    private static let texts: [([UInt8], String)] = [
        ([0x18, 0x11, 0, 0, 5, 0, 0, 0], "r1 = map fd 0x5 ll"),
        ([0x00, 0, 0, 0, 0, 0, 0, 0], "second half of a 64-bit load"),
        ([0x79, 0x61, 0x70, 0, 0, 0, 0, 0], "r1 = *(u64 *)(r6 + 112)"),
        ([0x6b, 0x1a, 0xf0, 0xff, 0, 0, 0, 0], "*(u16 *)(r10 - 16) = r1"),
        ([0x62, 0x0a, 0xfc, 0xff, 7, 0, 0, 0], "*(u32 *)(r10 - 4) = 7"),
        ([0xb4, 0x01, 0, 0, 1, 0, 0, 0], "w1 = 1"),
        ([0x0f, 0x21, 0, 0, 0, 0, 0, 0], "r1 += r2"),
        ([0x87, 0x03, 0, 0, 0, 0, 0, 0], "r3 = -r3"),
        ([0x55, 0x01, 3, 0, 0, 0, 0, 0], "if r1 != 0 goto +3"),
        ([0x05, 0, 0xfe, 0xff, 0, 0, 0, 0], "goto -2"),
        ([0x85, 0, 0, 0, 25, 0, 0, 0], "call helper 25"),
        ([0x95, 0, 0, 0, 0, 0, 0, 0], "exit"),
    ]

    @Test(arguments: texts)
    func `an instruction is written as the verifier writes it`(bytes: [UInt8], text: String) throws {
        let instruction = try #require(Instruction(reading: bytes, byteOrder: .little))
        #expect(instruction.description == text)
        #expect(instruction.encoded(byteOrder: .little) == bytes)
    }

    @Test func `every code has a text`() throws {
        for code in UInt8.min...UInt8.max {
            for registers: UInt8 in [0, 0xff] {
                let bytes: [UInt8] = [code, registers, 0, 0x80, 0, 0, 0, 0x80]
                let instruction = try #require(Instruction(reading: bytes, byteOrder: .little))
                #expect(!instruction.description.isEmpty)
                #expect(instruction.encoded(byteOrder: .little) == bytes)
            }
        }
    }

    @Test func `fewer than 8 bytes are no instruction`() {
        #expect(Instruction(reading: [0x95, 0, 0, 0, 0, 0, 0], byteOrder: .little) == nil)
        #expect(Instruction(reading: [], byteOrder: .big) == nil)
    }

    @Test func `the halves of the register byte change places with the byte order`() throws {
        let instruction = Instruction(code: 0x79, destination: 1, source: 6, offset: 0x0102, immediate: 0x0304_0506)
        #expect(instruction.encoded(byteOrder: .big) == [0x79, 0x16, 1, 2, 3, 4, 5, 6])
        #expect(instruction.encoded(byteOrder: .little) == [0x79, 0x61, 2, 1, 6, 5, 4, 3])
    }
}
