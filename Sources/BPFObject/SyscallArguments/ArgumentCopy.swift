// SPDX-License-Identifier: Apache-2.0

/// What is put in front of one function: a copy of the words that it reads from the user's registers, on its stack.
///
/// Each function makes its own: a pointer to a caller's copy would take an argument more.
struct ArgumentCopy {
    /// The instructions, in front of the function's own.
    let instructions: [Instruction]
    /// What the loads of arguments become, by their places.
    let loads: [Int: Instruction]
    /// Bytes of the stack that the function takes with it.
    let frame: Int

    /// Plans the copy for a function that loads arguments.
    ///
    /// - Parameters:
    ///   - loads: The function's loads, each with its place in the user's registers.
    ///   - helper: The helper that reads memory of the kernel: `bpf_probe_read_kernel`, or `bpf_probe_read`.
    init(
        _ loads: [Int: Int16], of function: Int, in flow: ArgumentFlow, helper: Int32
    ) throws(ArgumentRefusal) {
        let place = flow.functions[function]
        guard let lowest = loads.values.min(), let highest = loads.values.max(),
            let given = flow.arguments[function], let context = given.firstIndex(of: .context)
        else { throw ArgumentRefusal(reason: .unknownCode, instruction: place.start) }
        let (start, end) = (lowest & ~7, (highest & ~7) + 8)
        let span = Int(end - start)
        let own = (Int(-flow.lowest[function]) + 7) / 8 * 8
        // The context first, since its register is read while the fifth value is on the stack.
        let live = [context + 1] + (1...5).filter { $0 != context + 1 && Self.isLive($0, given, place) }
        let kept = live.prefix(4)
        let spilled = live.dropFirst(4)
        frame = own + span + 8 * spilled.count
        guard frame <= Int(TrackedState.frameSize) else {
            throw ArgumentRefusal(reason: .stack(function: place.name, bytes: frame), instruction: place.start)
        }
        let copy = Int16(-(own + span))
        var code: [Instruction] = []
        // r6 to r9 hold nothing at the entry of a function.
        for (index, register) in kept.enumerated() { code.append(.move(to: UInt8(6 + index), from: UInt8(register))) }
        for (index, register) in spilled.enumerated() {
            code.append(.storeStack(UInt8(register), at: copy - Int16(8 * (index + 1))))
        }
        code.append(Instruction(code: 0x79, destination: 3, source: 6, offset: flow.registers.pointer))
        if start != 0 { code.append(.add(Int32(start), to: 3)) }
        code += [.move(to: 1, from: 10), .add(Int32(copy), to: 1)]
        code.append(Instruction(code: 0xb7, destination: 2, immediate: Int32(span)))
        code.append(Instruction(code: Instruction.callCode, immediate: helper))
        for (index, register) in kept.enumerated() { code.append(.move(to: UInt8(register), from: UInt8(6 + index))) }
        for (index, register) in spilled.enumerated() {
            code.append(.loadStack(UInt8(register), at: copy - Int16(8 * (index + 1))))
        }
        instructions = code
        var changed: [Int: Instruction] = [:]
        for (index, word) in loads {
            var load = flow.code[index]
            load.source = 10
            load.offset = copy + word - start
            changed[index] = load
        }
        self.loads = changed
    }

    /// Whether a function may read an argument, so that the copy must leave it as it is.
    private static func isLive(_ register: Int, _ given: [TrackedValue], _ place: ArgumentFlow.Function) -> Bool {
        if let parameters = place.parameters { return register <= parameters }
        return given[register - 1] != .uninitialised
    }
}

extension Instruction {
    fileprivate static func move(to register: UInt8, from other: UInt8) -> Instruction {
        Instruction(code: 0xbf, destination: register, source: other)
    }

    fileprivate static func add(_ number: Int32, to register: UInt8) -> Instruction {
        Instruction(code: 0x07, destination: register, immediate: number)
    }

    fileprivate static func storeStack(_ register: UInt8, at offset: Int16) -> Instruction {
        Instruction(code: 0x7b, destination: 10, source: register, offset: offset)
    }

    fileprivate static func loadStack(_ register: UInt8, at offset: Int16) -> Instruction {
        Instruction(code: 0x79, destination: register, source: 10, offset: offset)
    }
}
