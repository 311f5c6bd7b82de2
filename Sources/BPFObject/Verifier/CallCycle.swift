// SPDX-License-Identifier: Apache-2.0

/// Functions of a program that call each other in a circle, or one that calls itself.
struct CallCycle {
    /// Their names, in the order of the calls.
    let functions: [String]
    /// The call that closes the circle.
    let call: Int

    /// Looks for the first circle that the program's own function leads to; nil if there is none.
    init?(of program: LinkedProgram) {
        let calls = Self.calls(of: program)
        guard let first = program.functionName(ofInstruction: 0) else { return nil }
        // What is on the way, each with the number of its calls that were followed.
        var way: [(function: String, next: Int)] = [(first, 0)]
        var places: [String: Int] = [first: 0]
        var done: Set<String> = []
        while let (function, next) = way.last {
            let own = calls[function] ?? []
            guard next < own.count else {
                way.removeLast()
                places[function] = nil
                done.insert(function)
                continue
            }
            way[way.count - 1].next += 1
            let (callee, instruction) = own[next]
            if let start = places[callee] {
                functions = way[start...].map(\.function)
                call = instruction
                return
            }
            guard !done.contains(callee) else { continue }
            places[callee] = way.count
            way.append((callee, 0))
        }
        return nil
    }

    /// The calls of each function, in the order of the code.
    private static func calls(of program: LinkedProgram) -> [String: [(callee: String, instruction: Int)]] {
        var calls: [String: [(callee: String, instruction: Int)]] = [:]
        for (index, instruction) in program.instructions.enumerated() where instruction.callsFunction {
            let target = index + 1 + Int(instruction.immediate)
            guard program.instructions.indices.contains(target),
                let caller = program.functionName(ofInstruction: index),
                let callee = program.functionName(ofInstruction: target)
            else { continue }
            calls[caller, default: []].append((callee, index))
        }
        return calls
    }
}
