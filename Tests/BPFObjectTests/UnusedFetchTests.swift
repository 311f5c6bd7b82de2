// SPDX-License-Identifier: Apache-2.0

import BTF
import TestSupport
import Testing

@testable import BPFObject

struct UnusedFetchTests {
    /// `*(u64 *)(r6 + 0) += r1`, and r1 is what was there before.
    private let add = Instruction(code: 0xdb, destination: 6, source: 1, immediate: 1)
    private let exit = [Instruction(code: 0xb7), Instruction(code: 0x95)]

    private func unused(_ code: [Instruction]) -> [Int] { UnusedFetches(in: code).indices }

    /// Copies a register into another.
    private func move(_ to: UInt8, _ from: UInt8) -> Instruction {
        Instruction(code: 0xbf, destination: to, source: from)
    }

    @Test func `an addition whose result nobody reads is one, and becomes the old addition`() {
        let code = [add] + exit
        #expect(unused(code) == [0])
        let old = code.withoutFetch(at: [0])
        #expect(old[0] == Instruction(code: 0xdb, destination: 6, source: 1))
        #expect(Array(old[1...]) == Array(code[1...]))
    }

    @Test func `a result that is read on one of two ways is used`() {
        // if r2 == 0 goto +1; r3 = r1; r0 = 0; exit
        #expect(unused([add, Instruction(code: 0x15, destination: 2, offset: 1), move(3, 1)] + exit).isEmpty)
        #expect(unused([add, Instruction(code: 0x15, destination: 2, offset: 1), move(3, 4)] + exit) == [0])
    }

    @Test func `a result that a loop reads in its next turn is used`() {
        // r3 = r1; lock add; if r2 == 0 goto -3; exit
        #expect(unused([move(3, 1), add, Instruction(code: 0x15, destination: 2, offset: -3)] + exit).isEmpty)
        // r1 = 1 in front of the addition: each turn begins anew.
        #expect(
            unused(
                [Instruction(code: 0xb7, destination: 1, immediate: 1), add]
                    + [Instruction(code: 0x15, destination: 2, offset: -3)] + exit) == [1])
    }

    @Test(arguments: [
        (Instruction(code: 0x85, immediate: 5), false), (Instruction(code: 0x85, source: 1, immediate: 3), false),
        (Instruction(code: 0xb7, destination: 1), true), (Instruction(code: 0xb4, destination: 1), true),
        (Instruction(code: 0x07, destination: 1), false), (Instruction(code: 0x7b, destination: 10, source: 1), false),
        (Instruction(code: 0x79, destination: 1, source: 6), true),
        (Instruction(code: 0x79, destination: 3, source: 1), false),
        (Instruction(code: 0x8d, source: 3), false), (Instruction(code: 0x0d, destination: 3), false),
        (Instruction(code: 0x20), true), (Instruction(code: 0xff), false),
        (Instruction(code: 0x05, offset: 100), false), (Instruction(code: 0x06, immediate: -100), false),
        (Instruction(code: 0xe5, offset: 0), true),
    ])
    func `what comes next decides, and in doubt the result is used`(next: Instruction, isUnused: Bool) {
        #expect(unused([add, next] + exit) == (isUnused ? [0] : []))
    }

    @Test func `the result of a function is used if the function returns it`() {
        let toZero = Instruction(code: 0xdb, destination: 6, source: 0, immediate: 1)
        #expect(unused([toZero, Instruction(code: 0x95)]).isEmpty)
        #expect(unused([add]).isEmpty, "the code goes on where nobody knows")
    }

    @Test func `the second half of a wide load is no instruction`() {
        let half = Instruction(code: 0xdb, destination: 6, source: 1, immediate: 1)
        #expect(unused([Instruction(code: 0x18, destination: 3), half] + exit).isEmpty)
    }

    @Test func `any code is looked at, and only additions are found in it`() {
        var numbers = SeededNumbers(seed: 14)
        for _ in 0..<400 {
            let code = (0..<numbers.number(1...40)).map { _ in
                numbers.chance(30)
                    ? add : Instruction(reading: numbers.bytes(8), byteOrder: .little) ?? Instruction(code: 0x95)
            }
            for index in unused(code) { #expect(code[index].isFetchingAdd) }
            #expect(code.withoutFetch(at: Array(-1...50)).count == code.count)
        }
    }

    @Test func `what clang makes of counters has no result that is used, and of a ticket one`() throws {
        let source = """
            #include "fixture.h"
            long counted, ticket;
            SECTION("kprobe/a") int counts(void *c) { __sync_fetch_and_add(&counted, 1); return 0; }
            SECTION("kprobe/b") int takes(void *c) { ticket = __sync_fetch_and_add(&counted, 1); return 0; }
            """
        let object = try Object(
            parsing: compileBPF(source: source, arguments: ["-g", "-mcpu=v3"]), name: "counters.o")
        func linked(_ name: String) throws -> LinkedProgram {
            try LoadPlan(object: object, programs: [object.program(named: name)], kernel: NoKernel()).programs[0]
        }
        let counts = try linked("counts")
        #expect(UnusedFetches(in: counts.instructions).indices.count == counts.instructions.count { $0.isFetchingAdd })
        let takes = try linked("takes")
        #expect(UnusedFetches(in: takes.instructions).indices.isEmpty)
        let lacking = takes.lacking(in: KernelRelease(5, 10)).map(\.need)
        #expect(lacking.count == 1 && lacking[0].text.contains("an atomic addition whose result is used"))
        #expect(takes.lacking(in: KernelRelease(5, 12)).isEmpty)
    }
}
