// SPDX-License-Identifier: Apache-2.0

import BTF
import TestSupport
import Testing

@testable import BPFObject

/// Loads of arguments that are turned to the user's registers behind the wrapper of a system call.
struct SyscallArgumentTests {
    private func flow(
        _ code: [Instruction], _ functions: [ArgumentFlow.Function] = [.init(start: 0, name: "main")],
        _ registers: SyscallRegisters = .x86
    ) -> ArgumentFlow { ArgumentFlow(code, functions, registers) }

    private func rewrite(_ flow: ArgumentFlow, release: KernelRelease = KernelRelease(6, 1)) throws -> RewrittenCode {
        try RewrittenCode(flow, helper: 113, stack: StackRules(of: release), limit: Limits.instructions)
    }

    private func refusal(
        _ code: [Instruction], _ functions: [ArgumentFlow.Function] = [.init(start: 0, name: "main")]
    ) -> ArgumentRefusal? {
        do throws(ArgumentRefusal) {
            _ = try RewrittenCode(
                flow(code, functions), helper: 113, stack: StackRules(of: KernelRelease(6, 1)),
                limit: Limits.instructions)
            return nil
        } catch {
            return error
        }
    }

    /// Where the copy of a function's words begins in its frame, and which words it has.
    private func copy(_ code: [Instruction]) throws -> (at: Int16, first: Int32, bytes: Int32) {
        let call = try #require(code.firstIndex { $0.code == 0x85 && $0.immediate == 113 })
        // r1 = r10; r1 += -N; r2 = BYTES; call
        let from = code[..<call].last { $0.code == 0x07 && $0.destination == 3 }
        return (Int16(code[call - 2].immediate), from?.immediate ?? 0, code[call - 1].immediate)
    }

    @Test(
        arguments: [(112, 112), (104, 104), (96, 96), (88, 56), (56, 56), (72, 72), (64, 64)] as [(Int16, Int16)],
        [1, 2, 4, 8])
    func `each word of x86 is read where the user has it, in its size`(word: (Int16, Int16), size: Int) throws {
        let shift = Int16(8 - size)
        let code = [Code.load(2, 1, word.0 + shift, size: size), Code.set(0, 0), Code.exit]
        let rewritten = try rewrite(flow(code))
        let made = try copy(rewritten.code)
        #expect(made.bytes == 8 && made.first == Int32(word.1) && made.at == -8)
        let load = rewritten.code[Int(rewritten.places[0])]
        #expect(load == Code.load(2, 10, -8 + shift, size: size))
        #expect(Array(rewritten.code.suffix(2)) == [Code.set(0, 0), Code.exit])
        #expect(rewritten.code.first == Code.move(6, 1), "the context is kept while the helper runs")
    }

    @Test(arguments: [0, 8, 16, 24, 32, 40] as [Int16])
    func `on arm64 every word stays where it is`(offset: Int16) throws {
        let code = [Code.load(2, 1, offset), Code.set(0, 0), Code.exit]
        let rewritten = try rewrite(flow(code, [.init(start: 0, name: "main")], .arm64))
        let made = try copy(rewritten.code)
        #expect(made.bytes == 8 && made.first == Int32(offset))
        #expect(rewritten.code[1] == Code.load(3, 6, 0), "regs[0] has the pointer")
        #expect(rewritten.code[Int(rewritten.places[0])] == Code.load(2, 10, -8))
    }

    @Test func `what is no argument stays with the real context, and so do helpers`() throws {
        // r6 = r1; r2 = rdi; r3 = rip; r1 = r6; call get_stackid
        let code = [
            Code.move(6, 1), Code.load(2, 6, 112), Code.load(3, 6, 128), Code.move(1, 6), Code.helper(27), Code.exit,
        ]
        let rewritten = try rewrite(flow(code))
        #expect(rewritten.counts.loads == 1 && rewritten.code.count == code.count + 8)
        #expect(rewritten.code.contains(Code.load(3, 6, 128)))
        #expect(rewritten.code.suffix(3).first == Code.move(1, 6))
    }

    @Test func `a program without arguments is as it was`() throws {
        let code = [Code.load(3, 1, 128), Code.set(0, 0), Code.exit]
        #expect(try rewrite(flow(code)).code == code)
        #expect(flow(code).argumentLoads.isEmpty)
    }

    @Test func `jumps lead where they led, and back to the first instruction behind the copy`() throws {
        // 0: r2 = rdi; 1: if r2 == 0 goto 3; 2: goto 0; 3: r0 = 0; 4: exit; r6 has the context
        let code = [
            Code.load(2, 1, 112), Code.ifZero(2, 1), Code.go(-3), Code.set(0, 0), Code.exit,
        ]
        let rewritten = try rewrite(flow(code))
        let places = rewritten.places.map(Int.init)
        #expect(places[0] > 0)
        #expect(places[2] + 1 + Int(rewritten.code[places[2]].offset) == places[0])
        #expect(places[1] + 1 + Int(rewritten.code[places[1]].offset) == places[3])
        #expect(rewritten.entries[0] == 0)
        #expect(rewritten.origins.prefix(places[0]).allSatisfy { $0 == -1 })
    }

    @Test func `a spilled context is followed, and branches that store to different slots are no obstacle`() throws {
        // fp-8 = r1; r2 = fp-16 or fp-24; *r2 = 5; r1 = fp-8; r3 = rsi
        let code = [
            Code.store(10, -8, 1), Code.load(4, 1, 128), Code.move(2, 10), Code.ifZero(4, 2), Code.add(2, -16),
            Code.go(1), Code.add(2, -24), Code.set(5, 5), Code.store(2, 0, 5), Code.load(1, 10, -8),
            Code.load(3, 1, 104), Code.set(0, 0), Code.exit,
        ]
        let rewritten = try rewrite(flow(code))
        #expect(rewritten.counts.loads == 1)
        #expect(try copy(rewritten.code).at == -32, "below what the program uses")
    }

    @Test func `each function copies for itself and keeps what it is given`() throws {
        // main: r1 = ctx; r2.. = five arguments with the context as the second or the fifth; call; exit
        for place in [2, 5] as [UInt8] {
            var code = [Code.move(6, 1)]
            for register in 1...5 as ClosedRange<UInt8> where register != place { code.append(Code.set(register, 9)) }
            code += [Code.move(place, 6), Code.call(1), Code.exit]
            let start = code.count
            code += [Code.load(0, place, 88), Code.add(0, register: place == 5 ? 1 : 5), Code.exit]
            let functions: [ArgumentFlow.Function] = [.init(start: 0, name: "main"), .init(start: start, name: "sub")]
            let rewritten = try rewrite(flow(code, functions))
            let entry = try #require(rewritten.entries[start])
            #expect(rewritten.entries[0] == 0 && rewritten.counts.functions == 1)
            let call = Int(rewritten.places[start - 2])
            #expect(call + 1 + Int(rewritten.code[call].immediate) == entry, "the call leads to the copy")
            #expect(rewritten.code[entry] == Code.move(6, place), "the context is first")
            let added = rewritten.code[entry..<Int(rewritten.places[start])]
            #expect(added.contains { $0.code == 0x7b && $0.destination == 10 }, "the fifth is kept on the stack")
            for register in 1...5 as ClosedRange<UInt8> {
                #expect(added.contains { ($0.code == 0xbf || $0.code == 0x79) && $0.destination == register })
            }
            let load = rewritten.code[Int(rewritten.places[start])]
            #expect(load.source == 10)
        }
    }

    @Test func `a function that the verifier sees by its type has as many arguments as that says`() throws {
        let code = [Code.set(2, 1), Code.set(3, 1), Code.call(1), Code.exit, Code.load(0, 1, 112), Code.exit]
        for (parameters, kept) in [(nil, 3), (1, 1)] as [(Int?, Int)] {
            let functions: [ArgumentFlow.Function] = [
                .init(start: 0, name: "main"), .init(start: 4, name: "sub", parameters: parameters),
            ]
            let rewritten = try rewrite(flow(code, functions))
            let added = rewritten.code[(rewritten.entries[4] ?? 0)..<Int(rewritten.places[4])]
            #expect(added.prefix { $0.code == 0xbf && $0.destination >= 6 }.count == kept)
        }
    }

    @Test func `programs that know the wrapper are seen, by registers that hold the numbers too`() {
        let end = [Code.set(0, 0), Code.exit]
        let head = [Code.move(6, 1), Code.load(3, 6, 112), Code.move(1, 10), Code.add(1, -8), Code.set(2, 8)]
        #expect(flow(head + [Code.add(3, 104), Code.helper(113)] + end).wrapperKnown == 6)
        #expect(flow(head + [Code.set(4, 56), Code.add(3, register: 4), Code.helper(4)] + end).wrapperKnown == 7)
        #expect(
            flow(head + [Code.set(4, 56), Code.add(4, register: 3), Code.move(3, 4), Code.helper(4)] + end)
                .wrapperKnown == 8)
        // The whole of pt_regs at once.
        #expect(flow(head + [Code.set(2, 168), Code.helper(113)] + end).wrapperKnown == 6)
        // From the context or from what it points to, whichever the kernel has.
        let choice = [Code.move(6, 1), Code.load(4, 6, 128), Code.move(3, 6), Code.ifZero(4, 1), Code.load(3, 6, 112)]
        let rest = [Code.add(3, 104), Code.move(1, 10), Code.add(1, -8), Code.set(2, 8), Code.helper(113)]
        #expect(flow(choice + rest + end).wrapperKnown == 9)
        // Given to another function.
        let called = [Code.load(1, 1, 112), Code.call(1), Code.exit] + [Code.move(3, 1)] + rest + end
        let functions: [ArgumentFlow.Function] = [.init(start: 0, name: "main"), .init(start: 3, name: "sub")]
        #expect(flow(called, functions).wrapperKnown == 8)
    }

    @Test func `programs of old that read memory of the user at their first argument are none of them`() {
        let head = [Code.load(3, 1, 112), Code.move(1, 10), Code.add(1, -8), Code.set(2, 8)]
        let end = [Code.set(0, 0), Code.exit]
        for helper in [112, 114, 45] as [Int32] {
            #expect(flow(head + [Code.add(3, 104), Code.helper(helper)] + end).wrapperKnown == nil)
        }
        #expect(flow(head + [Code.helper(4)] + end).wrapperKnown == nil)
        #expect(flow(head + [Code.add(3, 8), Code.helper(113)] + end).wrapperKnown == nil)
    }

    @Test(arguments: Refused.all)
    func `what cannot be followed is refused with the instruction`(refused: Refused) {
        let found = refusal(refused.code, refused.functions)
        #expect(found == ArgumentRefusal(reason: refused.reason, instruction: refused.instruction))
        #expect(found?.words.isEmpty == false)
    }

    @Test func `a stack without room is refused with the bytes`() {
        func program(_ bytes: Int16) -> [Instruction] {
            [Code.set(2, 0), Code.store(10, -bytes, 2), Code.load(2, 1, 112), Code.load(3, 1, 64), Code.exit]
        }
        #expect(refusal(program(456))?.reason == nil)
        #expect(refusal(program(464))?.reason == .stack(function: "main", bytes: 520))
    }

    @Test func `stacks of functions that call each other are counted as the kernel counts them`() throws {
        let code = [
            Code.set(2, 0), Code.store(10, -376, 2), Code.load(4, 1, 112), Code.call(1), Code.exit,
            Code.set(2, 0), Code.store(10, -72, 2), Code.load(0, 1, 112), Code.load(3, 1, 56), Code.exit,
        ]
        let functions: [ArgumentFlow.Function] = [.init(start: 0, name: "main"), .init(start: 5, name: "sub")]
        let flow = flow(code, functions)
        func reason(_ major: UInt32, _ minor: UInt32) -> ArgumentRefusal.Reason? {
            do throws(ArgumentRefusal) {
                _ = try RewrittenCode(
                    flow, helper: 113, stack: StackRules(of: KernelRelease(major, minor)), limit: Limits.instructions)
                return nil
            } catch {
                return error.reason
            }
        }
        #expect(reason(5, 10) == .stacks(bytes: 544))
        #expect(reason(6, 12) == .stacks(bytes: 528))
        #expect(reason(7, 2) == nil)
    }

    @Test func `a jump that becomes too long is refused`() {
        let middle = Array(repeating: Code.set(0, 0), count: 32_766)
        let code = [Code.load(2, 1, 112), Code.ifZero(2, 32_766)] + middle + [Code.load(3, 1, 104), Code.exit]
        #expect(refusal(code) == nil)
        // The jump crosses a function's copy only if it is in front of it: no jump does; a longer one is none at all.
        #expect(refusal([Code.load(2, 1, 112), Code.ifZero(2, 32_767)] + middle + [Code.exit])?.reason == .unknownCode)
    }

    @Test func `the largest program is followed in a moment, however its jumps lie`() {
        let count = 4_000
        var code = [Code.move(6, 1)]
        var random = SplitMix(seed: 3)
        for index in 1..<count {
            switch random.next() % 4 {
            case 0: code.append(Code.ifZero(7, Int16(truncatingIfNeeded: Int(random.next() % 60_000) - 30_000)))
            case 1: code.append(Code.load(UInt8(random.next() % 6), 6, 112))
            case 2: code.append(Code.add(8, -8))
            default: code.append(Code.store(10, -8 * Int16(1 + index % 64), UInt8(random.next() % 9)))
            }
        }
        code.append(Code.exit)
        let flow = flow(code)
        #expect(flow.refusal != nil)
    }

    // MARK: - A whole object

    @Test func `tables move with the code, and lines are told by the old numbers`() throws {
        let bytes = try compileBPF("kernel/raw_arguments.c", arguments: SyscallArgumentTests.flags)
        let object = try Object(parsing: bytes, name: "raw_arguments.o")
        let program = try LoadPlan(object: object, programs: [object.program(named: "divides")], kernel: NoKernel())
            .programs[0]
        let arguments = program.syscallArguments(.x86)
        #expect(arguments.reading == .arguments)
        let changed = try program.copyingArguments(arguments, helper: 113, stack: StackRules(of: KernelRelease(6, 1)))
        #expect(changed.definition.rewriting?.functions == 3)
        let added = changed.instructions.count - program.instructions.count
        #expect(added > 20)
        #expect(changed.mapReferences.count == program.mapReferences.count)
        for (before, after) in zip(program.mapReferences, changed.mapReferences) {
            #expect(changed.instructions[after.instruction].isWideLoad && before.map == after.map)
            #expect(changed.origin(ofInstruction: after.instruction) == .program(before.instruction))
        }
        func starts(_ records: LinkedProgram.Records?) -> [Int] {
            guard let records else { return [] }
            return (0..<records.count).map { index in
                (0..<4).reduce(0) { $0 | Int(records.bytes[index * records.recordSize + $1]) << (8 * $1) }
            }
        }
        let functions = starts(changed.functionInfo)
        #expect(functions.count == 3 && functions[0] == 0)
        for start in functions {
            guard case .copy = changed.origin(ofInstruction: start) else {
                Issue.record("function at \(start) does not begin with its copy")
                continue
            }
            #expect(starts(changed.lineInfo).contains(start), "the kernel wants a line where a function begins")
        }
        let lines = starts(changed.lineInfo)
        #expect(lines == lines.sorted() && Set(lines).count == lines.count)
        #expect(lines.count == starts(program.lineInfo).count)
        for index in changed.instructions.indices {
            guard case .program(let old) = changed.origin(ofInstruction: index) else { continue }
            #expect(changed.sourceLine(ofInstruction: index) == program.sourceLine(ofInstruction: old))
            #expect(changed.functionName(ofInstruction: index) == program.functionName(ofInstruction: old))
        }
        #expect(changed.sourceLine(ofInstruction: 0) != nil && changed.functionName(ofInstruction: 0) == "divides")
    }

    static let flags = [
        "-g", "-D__TARGET_ARCH_x86", "-idirafter", "/usr/include/x86_64-linux-gnu", "-I", "Examples",
    ]

    @Test func `the programs of the lab are read as they are meant`() throws {
        let bytes = try compileBPF("kernel/raw_arguments.c", arguments: Self.flags)
        let object = try Object(parsing: bytes, name: "raw_arguments.o")
        for program in try LoadPlan(object: object, programs: object.programs, kernel: NoKernel()).programs {
            let reading = program.syscallArguments(.x86).reading
            switch program.definition.name {
            case "knows": #expect({ if case .userRegisters = reading { true } else { false } }())
            case "by_helper": #expect({ if case .unclear = reading { true } else { false } }())
            default: #expect(reading == .arguments, "\(program.definition.name)")
            }
        }
    }
}

/// A program that is refused, and why.
struct Refused: Sendable, CustomTestStringConvertible {
    let reason: ArgumentRefusal.Reason
    let instruction: Int?
    let code: [Instruction]
    var functions: [ArgumentFlow.Function] = [.init(start: 0, name: "main")]

    var testDescription: String { "\(reason)" }

    private static let end = [Code.set(0, 0), Code.exit]
    private static let two: [ArgumentFlow.Function] = [.init(start: 0, name: "main"), .init(start: 5, name: "sub")]

    static let all = [
        Refused(reason: .movedContext, instruction: 1, code: [Code.add(1, 8), Code.load(2, 1, 96)] + end),
        Refused(
            reason: .maybeContext, instruction: 4,
            code: [
                Code.move(2, 10), Code.load(3, 1, 128), Code.ifZero(3, 1), Code.move(2, 1), Code.load(4, 2, 112),
            ] + end),
        Refused(reason: .storeThroughContext, instruction: 1, code: [Code.set(2, 0), Code.store(1, 112, 2)] + end),
        Refused(
            reason: .arithmetic, instruction: 1, code: [Code.load(2, 1, 128), Code.add(1, register: 2)] + end),
        Refused(
            reason: .partOfContext, instruction: 0, code: [Instruction(code: 0xbc, destination: 2, source: 1)] + end),
        Refused(reason: .partOfContext, instruction: 0, code: [Code.store(10, -8, 1, size: 4)] + end),
        Refused(
            reason: .contextInMemory, instruction: 2,
            code: [Instruction(code: 0x18, destination: 2), Instruction(code: 0), Code.store(2, 0, 1)] + end),
        Refused(
            reason: .contextInArguments, instruction: 3,
            code: [Code.store(10, -8, 1), Code.move(2, 10), Code.add(2, -8), Code.call(1), Code.exit] + end,
            functions: two),
        Refused(
            reason: .contextReturned, instruction: 6,
            code: [Code.load(3, 1, 112), Code.set(2, 0), Code.call(2), Code.set(0, 0), Code.exit]
                + [Code.move(0, 1), Code.exit], functions: two),
        Refused(
            reason: .probeReadOfContext, instruction: 5,
            code: [
                Code.move(3, 1), Code.add(3, 104), Code.move(1, 10), Code.add(1, -8), Code.set(2, 8), Code.helper(113),
            ] + end),
        Refused(reason: .oddLoad, instruction: 0, code: [Code.load(2, 1, 100)] + end),
        Refused(
            reason: .kernelFunction, instruction: 1,
            code: [Code.set(2, 1), Instruction(code: 0x85, source: 2, immediate: 7)] + end),
        Refused(
            reason: .callback, instruction: 1,
            code: [
                Code.load(5, 1, 112), Instruction(code: 0x18, destination: 2, source: 4, immediate: 3), .init(code: 0),
                Code.set(0, 0), Code.exit,
            ] + end, functions: two),
        Refused(reason: .unknownCode, instruction: 0, code: [Code.go(7)] + end),
        Refused(reason: .unknownCode, instruction: 0, code: [Instruction(code: 0x0d, destination: 1)] + end),
        Refused(reason: .unknownCode, instruction: 1, code: [Code.set(0, 0), Code.set(0, 0)]),
    ]
}

/// A small generator of numbers.
struct SplitMix: RandomNumberGenerator {
    var seed: UInt64

    mutating func next() -> UInt64 {
        seed &+= 0x9e37_79b9_7f4a_7c15
        var value = seed
        value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
        return value ^ (value >> 31)
    }
}
