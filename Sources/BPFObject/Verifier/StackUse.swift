// SPDX-License-Identifier: Apache-2.0

/// How much of the stack each function of a program uses, by the addresses in its instructions.
enum StackUse {
    /// `function handle_exec: 320 bytes`, the largest first.
    static func lines(of program: LinkedProgram) -> [String] {
        bytes(of: program).filter { $0.bytes > 0 }.sorted { $0.bytes > $1.bytes }.prefix(8)
            .map { "function \($0.function) uses \($0.bytes) bytes of stack" }
    }

    /// The bytes between the top of the stack and the lowest address that each function makes of it.
    static func bytes(of program: LinkedProgram) -> [(function: String, bytes: Int)] {
        let code = program.instructions
        var uses: [(function: String, bytes: Int)] = []
        var previous: Instruction?
        for (index, instruction) in code.enumerated() {
            let name = program.functionName(ofInstruction: index) ?? ""
            if uses.last?.function != name { uses.append((name, 0)) }
            if let depth = depth(of: instruction, after: previous) {
                uses[uses.count - 1].bytes = max(uses[uses.count - 1].bytes, depth)
            }
            previous = instruction
        }
        return uses
    }

    private static let frame: UInt8 = 10

    /// The bytes below the top that an instruction names: an access by the frame pointer, or `r2 += -16` behind `r2 = r10`.
    private static func depth(of instruction: Instruction, after previous: Instruction?) -> Int? {
        switch instruction.codeClass {
        case .loadRegister where instruction.source == frame:
            return -Int(instruction.offset)
        case .store where instruction.destination == frame, .storeRegister where instruction.destination == frame:
            return -Int(instruction.offset)
        case .arithmetic64:
            guard instruction.code == 0x07, let previous, previous.code == 0xbf, previous.source == frame,
                previous.destination == instruction.destination
            else { return nil }
            return -Int(instruction.immediate)
        default: return nil
        }
    }
}
