// SPDX-License-Identifier: Apache-2.0

/// A program's code with the copies in front of its functions, and what was where before.
struct RewrittenCode {
    private(set) var code: [Instruction] = []
    /// Where each instruction is now.
    private(set) var places: [Int32]
    /// Where each function begins now, with its copy, by where it began.
    private(set) var entries: [Int: Int] = [:]
    /// Where each instruction was; one of a copy has the start of its function, below 0: `-1 - start`.
    private(set) var origins: [Int32] = []
    /// How many functions have a copy, and how many loads read from it.
    private(set) var counts = (functions: 0, loads: 0)

    /// Puts the copies in.
    ///
    /// - Parameters:
    ///   - flow: The program, in which nothing was refused.
    ///   - helper: The helper that reads memory of the kernel.
    ///   - stack: How the kernel counts the stack.
    ///   - limit: The most instructions.
    init(
        _ flow: ArgumentFlow, helper: Int32, stack: StackRules, limit: Int
    ) throws(ArgumentRefusal) {
        if let refusal = flow.refusal { throw refusal }
        if let callback = flow.callback { throw ArgumentRefusal(reason: .callback, instruction: callback) }
        var loads: [[Int: Int16]] = Array(repeating: [:], count: flow.functions.count)
        for (index, place) in flow.argumentLoads { loads[flow.function(of: index)][index] = place }
        places = Array(repeating: 0, count: flow.code.count)
        var frames = flow.lowest.map { Int(-$0) }
        let before = stack.deepest(frames, flow.callees)
        for (function, place) in flow.functions.enumerated() {
            entries[place.start] = code.count
            var copy: ArgumentCopy?
            if !loads[function].isEmpty {
                let made = try ArgumentCopy(loads[function], of: function, in: flow, helper: helper)
                frames[function] = made.frame
                code += made.instructions
                origins += Array(repeating: Int32(-1 - place.start), count: made.instructions.count)
                counts = (counts.functions + 1, counts.loads + made.loads.count)
                copy = made
            }
            for index in place.start..<flow.end(of: function) {
                places[index] = Int32(code.count)
                origins.append(Int32(index))
                code.append(copy?.loads[index] ?? flow.code[index])
            }
        }
        guard code.count <= limit else {
            throw ArgumentRefusal(reason: .instructions(code.count), instruction: nil)
        }
        let after = stack.deepest(frames, flow.callees)
        if let limit = stack.limit, after > limit, before <= limit {
            throw ArgumentRefusal(reason: .stacks(bytes: after), instruction: nil)
        }
        try connect(flow)
    }

    /// Leads jumps to where their targets are now, and calls to the copies in front of the functions.
    private mutating func connect(_ flow: ArgumentFlow) throws(ArgumentRefusal) {
        var index = 0
        while index < flow.code.count {
            let instruction = flow.code[index]
            let place = Int(places[index])
            let isAddress = instruction.isWideLoad && instruction.source == Instruction.pseudoFunction
            if instruction.callsFunction || isAddress {
                guard let entry = entries[index + 1 + Int(instruction.immediate)] else {
                    throw ArgumentRefusal(reason: .unknownCode, instruction: index)
                }
                code[place].immediate = Int32(truncatingIfNeeded: entry - place - 1)
            } else if let target = instruction.jumpTarget(from: index) {
                guard flow.code.indices.contains(target) else {
                    throw ArgumentRefusal(reason: .unknownCode, instruction: index)
                }
                let distance = Int(places[target]) - place - 1
                if instruction.isLongJump {
                    code[place].immediate = Int32(truncatingIfNeeded: distance)
                } else {
                    guard let offset = Int16(exactly: distance) else {
                        throw ArgumentRefusal(reason: .longJump, instruction: index)
                    }
                    code[place].offset = offset
                }
            }
            index += instruction.isWideLoad ? 2 : 1
        }
    }
}
