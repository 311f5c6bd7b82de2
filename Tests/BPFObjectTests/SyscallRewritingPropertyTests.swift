// SPDX-License-Identifier: Apache-2.0

import BTF
import TestSupport
import Testing

@testable import BPFObject

/// A program on a plain function, and the same with copies on the wrapper, do the same with the same arguments.
struct SyscallRewritingPropertyTests {
    /// How many of the runs of a program were different.
    private struct Outcome {
        var runs = 0
        var different = 0
        var calls = 0
    }

    /// What is broken on purpose, to see that it is found.
    private enum Breakage { case fourthArgument, leftOut }

    private func compare(
        _ code: [Instruction], _ functions: [ArgumentFlow.Function], seeds: Range<UInt64> = 0..<10,
        breaking breakage: Breakage? = nil
    ) throws -> Outcome {
        var registers = SyscallRegisters.x86
        if breakage == .fourthArgument {
            var places = registers.places
            places[88] = 88
            registers = SyscallRegisters(pointer: 112, places: places, size: 168)
        }
        let flow = ArgumentFlow(code, functions, registers)
        let rewritten = try RewrittenCode(
            flow, helper: 113, stack: StackRules(of: KernelRelease(7, 2)), limit: Limits.instructions)
        var changed = rewritten.code
        if breakage == .leftOut, let load = flow.argumentLoads.keys.min() {
            changed[Int(rewritten.places[load])] = code[load]
        }
        func depth(_ index: Int) -> Int { min(Int(-flow.lowest[flow.function(of: index)]), 512) }
        let copies = changed.indices.filter {
            changed[$0].code == 0x85 && changed[$0].source == 0 && rewritten.origins[$0] < 0
        }
        var outcome = Outcome()
        for seed in seeds {
            var random = SplitMix(seed: seed &* 977 &+ 5)
            var before = CodeMachine(code, seed: seed, depth: depth)
            var after = CodeMachine(
                changed, seed: seed, depth: { depth(Int(max(0, rewritten.origins[$0]))) }, copies: Set(copies))
            for offset in stride(from: 0, to: 168, by: 8) as StrideTo<UInt64> {
                let value = random.next()
                before.put(value, at: CodeMachine.context + offset)
                after.put(value, at: CodeMachine.context + offset)
                after.put(random.next(), at: CodeMachine.user + offset)
            }
            for (offset, place) in SyscallRegisters.x86.places.sorted(by: { $0.key < $1.key }) where offset != 88 {
                let value = random.next() % 3 == 0 ? random.next() % 4 : random.next()
                before.put(value, at: CodeMachine.context + UInt64(offset))
                if offset == 56 { before.put(value, at: CodeMachine.context + 88) }
                after.put(value, at: CodeMachine.user + UInt64(place))
            }
            after.put(CodeMachine.user, at: CodeMachine.context + 112)
            before.run()
            after.run()
            outcome.runs += 1
            outcome.calls += before.events.count
            if !same(before.events, after.events) { outcome.different += 1 }
        }
        return outcome
    }

    /// A register that the program never set may be anything; a run that is stopped is compared until then.
    private func same(_ left: [CodeMachine.Event], _ right: [CodeMachine.Event]) -> Bool {
        for (left, right) in zip(left, right) {
            switch (left, right) {
            case (.stopped, _), (_, .stopped): return true
            case (.call(let helper, let given, let frame), .call(let other, let taken, let otherFrame)):
                guard helper == other, zip(given, taken).allSatisfy({ $0 == nil || $0 == $1 }),
                    zip(frame, otherFrame).allSatisfy({ $0 == nil || $0 == $1 })
                else { return false }
            default: guard left == right else { return false }
            }
        }
        return left.count == right.count
    }

    // MARK: - Programs

    /// A program of loads, moves, spills, branches and calls.
    private func randomProgram(_ seed: UInt64) -> (code: [Instruction], functions: [ArgumentFlow.Function]) {
        var random = SplitMix(seed: seed)
        func pick(_ count: Int, _ random: inout SplitMix) -> Int { Int(random.next() % UInt64(count)) }
        let words: [Int16] = [112, 104, 96, 88, 56, 72, 64, 128, 80, 120]
        /// The body of a function with the context in r6 and in a slot; data in the other registers and slots.
        func body(_ length: Int, callee: ((Int) -> Instruction)?, _ random: inout SplitMix) -> [Instruction] {
            var code: [Instruction] = []
            var jumps: [(at: Int, over: Int)] = []
            let data: [UInt8] = [0, 2, 3, 4, 5, 7, 8, 9]
            for register in data { code.append(Code.set(register, Int32(truncatingIfNeeded: random.next() % 1000))) }
            for slot in 2...6 { code.append(Code.store(10, Int16(-8 * slot), 7)) }
            code.append(Code.store(10, -8, 6))
            var pieces: [Int] = []
            for _ in 0..<length {
                pieces.append(code.count)
                let (to, from) = (data[pick(data.count, &random)], data[pick(data.count, &random)])
                let slot = Int16(-8 * (2 + pick(5, &random)))
                switch pick(9, &random) {
                case 0, 1, 2:
                    let size = [1, 2, 4, 8][pick(4, &random)]
                    let part = Int16(pick(8 / size, &random) * size)
                    code.append(Code.load(to, 6, words[pick(words.count, &random)] + part, size: size))
                case 3: code += [Code.load(1, 10, -8), Code.load(to, 1, words[pick(words.count, &random)])]
                case 4:
                    let operation: [UInt8] = [0x0f, 0x1f, 0x2f, 0x4f, 0x5f, 0xaf, 0xbf, 0x0c, 0xac, 0xbc]
                    code.append(
                        Instruction(code: operation[pick(operation.count, &random)], destination: to, source: from))
                case 5: code.append(Code.store(10, slot, from, size: [1, 2, 4, 8][pick(4, &random)]))
                case 6: code.append(Code.load(to, 10, slot, size: [1, 2, 4, 8][pick(4, &random)]))
                case 7:
                    jumps.append((code.count, 1 + pick(6, &random)))
                    code.append(Instruction(code: [0x15, 0x55, 0x25, 0xd5][pick(4, &random)], destination: to))
                default:
                    if let callee, pick(2, &random) == 0 {
                        code += [Code.move(1, 7), Code.move(2, 6)]
                        code.append(callee(code.count))
                    } else {
                        code += [Code.move(1, 6), Code.helper(25)]
                    }
                    for register in 2...5 as ClosedRange<UInt8> { code.append(Code.move(register, 8)) }
                }
            }
            // Jumps lead to the beginning of a piece of work, and not into it.
            for jump in jumps {
                let target = pieces.first { $0 >= jump.at + 1 + jump.over } ?? code.count
                code[jump.at].offset = Int16(target - jump.at - 1)
            }
            return code + [Code.move(0, 7), Code.exit]
        }
        var main = [Code.move(6, 1)]
        let length = 10 + pick(30, &random)
        main += body(length, callee: { Instruction(code: 0x85, source: 1, immediate: -1 - Int32($0)) }, &random)
        let sub = [Code.move(6, 2)] + body(10, callee: nil, &random)
        for index in main.indices where main[index].code == 0x85 && main[index].source == 1 {
            main[index].immediate = Int32(main.count - index - 1)
        }
        return (main + sub, [.init(start: 0, name: "main"), .init(start: main.count, name: "sub")])
    }

    @Test func `random programs do the same, and two errors made on purpose are seen`() throws {
        var (all, wrongFourth, leftOut) = (Outcome(), Outcome(), Outcome())
        var refused = 0
        for seed in 0..<120 as Range<UInt64> {
            let (code, functions) = randomProgram(seed)
            do {
                let outcome = try compare(code, functions)
                all.runs += outcome.runs
                all.different += outcome.different
                all.calls += outcome.calls
                #expect(outcome.different == 0, "program \(seed)")
                wrongFourth.different += try compare(code, functions, breaking: .fourthArgument).different
                leftOut.different += try compare(code, functions, breaking: .leftOut).different
            } catch is ArgumentRefusal {
                refused += 1
            }
        }
        #expect(refused < 60, "most programs can be followed: \(refused) were not")
        #expect(all.calls > all.runs, "\(all)")
        #expect(wrongFourth.different > 20 && leftOut.different > 20, "\(wrongFourth) \(leftOut)")
    }

    @Test func `programs of clang do the same`() throws {
        var count = 0
        for flags in [[], ["-mcpu=v1"], ["-O1"]] {
            let bytes = try compileBPF(
                "kernel/raw_arguments.c", arguments: SyscallArgumentTests.flags + flags)
            let object = try Object(parsing: bytes, name: "raw_arguments.o")
            for program in try LoadPlan(object: object, programs: object.programs, kernel: NoKernel()).programs {
                let arguments = program.syscallArguments(.x86)
                guard arguments.reading == .arguments, !program.definition.name.hasPrefix("crowds") else { continue }
                let outcome = try compare(program.instructions, arguments.flow.functions, seeds: 0..<20)
                #expect(outcome.different == 0, "\(program.definition.name)")
                count += 1
            }
        }
        #expect(count >= 15)
        let seed = try Object(parsing: compileBPF("seed.c"), name: "seed.o")
        let program = try seed.linked(section: "prog")
        let outcome = try compare(program.instructions, program.syscallArguments(.x86).flow.functions)
        #expect(outcome.different == 0 && outcome.calls > 0)
    }
}
