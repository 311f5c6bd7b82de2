// SPDX-License-Identifier: Apache-2.0

/// Follows the context through a whole program, and finds the loads of arguments.
///
/// The verifier forbids one instruction to see the context on one way and another pointer on another, so that each load
/// either is one of an argument or is none. What cannot be told is refused.
struct ArgumentFlow {
    /// A function of a program.
    struct Function: Sendable, Equatable {
        /// The index of its first instruction.
        let start: Int
        let name: String
        /// How many arguments the verifier gives it if it looks at it by its type alone (a global function); nil if it
        /// sees what its callers have.
        var parameters: Int?
    }

    let code: [Instruction]
    /// In the order of the code; the first is the program's own.
    let functions: [Function]
    let registers: SyscallRegisters

    /// The loads through the context, each with its offset.
    private(set) var loads: [Int: Int16] = [:]
    /// What each function is given; nil where none calls it.
    private(set) var arguments: [[TrackedValue]?]
    /// The lowest address of its frame that each function uses: 0 to -512, or below.
    private(set) var lowest: [Int32]
    /// The functions that each function calls.
    private(set) var callees: [Set<Int>]
    /// The first instruction that only a program has that knows the wrapper.
    private(set) var wrapperKnown: Int?
    /// The first tail call.
    private(set) var hasTailCall = false
    /// The first address of a function.
    private(set) var callback: Int?
    /// The first thing that cannot be followed.
    private(set) var refusal: ArgumentRefusal?

    /// Where ways meet.
    private var isMeeting: [Bool]
    /// Where the way goes on once more, as more is known.
    private var isWaiting: [Bool]
    private var isSecondHalf: [Bool]
    private var steps: Int
    private var looks: Int
    private var room = Self.statesLimit

    /// The states that are kept at one time, in registers' worth: 64 MiB.
    private static let statesLimit = 4 << 20
    /// How often an instruction may be looked at; usual ones are once or twice.
    private static let stepsForInstruction = 12

    init(_ code: [Instruction], _ functions: [Function], _ registers: SyscallRegisters) {
        self.code = code
        self.functions = functions
        self.registers = registers
        arguments = Array(repeating: nil, count: functions.count)
        lowest = Array(repeating: 0, count: functions.count)
        callees = Array(repeating: [], count: functions.count)
        isMeeting = Array(repeating: false, count: code.count)
        isWaiting = isMeeting
        isSecondHalf = isMeeting
        steps = code.count * Self.stepsForInstruction + 4_096
        looks = steps * 8
        guard functions.first?.start == 0 else {
            refuse(.unknownCode, at: nil)
            return
        }
        findMeetings()
        follow()
    }

    /// The loads of arguments, each with its place in the user's registers.
    var argumentLoads: [Int: Int16] { loads.compactMapValues { registers.place(ofContextOffset: $0) } }

    /// The end of a function's code.
    func end(of function: Int) -> Int { function + 1 < functions.count ? functions[function + 1].start : code.count }

    /// The function that begins at an instruction.
    func function(at start: Int) -> Int? {
        let index = function(of: start)
        return functions[index].start == start ? index : nil
    }

    /// The function that an instruction belongs to.
    func function(of instruction: Int) -> Int {
        var (low, high) = (0, functions.count)
        while low < high {
            let middle = low + (high - low) / 2
            if functions[middle].start <= instruction { low = middle + 1 } else { high = middle }
        }
        return max(low - 1, 0)
    }

    // MARK: - All functions

    private mutating func findMeetings() {
        var index = 0
        while index < code.count {
            if code[index].isWideLoad {
                if code[index].source == Instruction.pseudoFunction, callback == nil { callback = index }
                if index + 1 < code.count { isSecondHalf[index + 1] = true }
                index += 2
                continue
            }
            if let target = code[index].jumpTarget(from: index), code.indices.contains(target) {
                isMeeting[target] = true
            }
            index += 1
        }
        for function in functions where code.indices.contains(function.start) { isMeeting[function.start] = true }
    }

    /// Follows each function, again when more is known of what it is given.
    private mutating func follow() {
        guard !code.isEmpty else { return refuse(.unknownCode, at: nil) }
        arguments[0] = [.context] + Array(repeating: .uninitialised, count: 4)
        var waiting = [0]
        var followed: [[TrackedValue]?] = Array(repeating: nil, count: functions.count)
        while let function = waiting.popLast() {
            guard let given = arguments[function], followed[function] != given else { continue }
            followed[function] = given
            follow(function, given)
            guard refusal?.reason != .tooLarge else { return }
            waiting += callees[function].sorted()
        }
    }

    // MARK: - One function

    private mutating func follow(_ function: Int, _ given: [TrackedValue]) {
        let range = functions[function].start..<end(of: function)
        for index in range { loads[index] = nil }
        var states: [Int: TrackedState] = [:]
        room = Self.statesLimit
        var cursor = range.lowerBound
        meet(TrackedState(arguments: given), at: range.lowerBound, from: nil, in: range, &states, &cursor)
        while cursor < range.upperBound {
            guard isWaiting[cursor], let state = states[cursor] else {
                cursor += 1
                looks -= 1
                guard looks > 0 else {
                    refuse(.tooLarge, at: nil)
                    break
                }
                continue
            }
            isWaiting[cursor] = false
            run(from: cursor, state, function, range, &states, &cursor)
            guard refusal?.reason != .tooLarge else { break }
        }
        for index in range where isWaiting[index] { isWaiting[index] = false }
    }

    /// Follows one way until it meets another or ends.
    private mutating func run(
        from start: Int, _ state: TrackedState, _ function: Int, _ range: Range<Int>,
        _ states: inout [Int: TrackedState], _ cursor: inout Int
    ) {
        var (index, state) = (start, state)
        while true {
            steps -= 1
            guard steps > 0 else { return refuse(.tooLarge, at: nil) }
            let instruction = code[index]
            guard step(instruction, at: index, function, &state) else { return }
            let next: Int?
            switch instruction.succession(from: index) {
            case .end: return
            case .unknown: return refuse(.unknownCode, at: index)
            case .next(let after): next = after
            case .jump(let target):
                meet(state, at: target, from: index, in: range, &states, &cursor)
                return
            case .branch(let target, let after):
                meet(state, at: target, from: index, in: range, &states, &cursor)
                next = after
            }
            guard let next, range.contains(next) else { return refuse(.unknownCode, at: index) }
            if isMeeting[next] { return meet(state, at: next, from: index, in: range, &states, &cursor) }
            index = next
        }
    }

    private mutating func meet(
        _ state: TrackedState, at place: Int, from origin: Int?, in range: Range<Int>,
        _ states: inout [Int: TrackedState], _ cursor: inout Int
    ) {
        guard range.contains(place), !isSecondHalf[place] else { return refuse(.unknownCode, at: origin) }
        if var known = states[place] {
            room += known.weight
            // Taken out so that it is changed in place.
            states[place] = nil
            let isChanged = known.join(state)
            room -= known.weight
            states[place] = known
            guard isChanged else { return }
        } else {
            room -= state.weight
            states[place] = state
        }
        guard room > 0 else { return refuse(.tooLarge, at: nil) }
        isWaiting[place] = true
        cursor = min(cursor, place)
    }

    // MARK: - What is found

    mutating func refuse(_ reason: ArgumentRefusal.Reason, at instruction: Int?) {
        if reason == .tooLarge || refusal == nil {
            refusal = ArgumentRefusal(reason: reason, instruction: instruction)
        } else if let known = refusal?.instruction, let instruction, instruction < known {
            refusal = ArgumentRefusal(reason: reason, instruction: instruction)
        }
    }

    mutating func noteWrapperKnown(at instruction: Int) { wrapperKnown = min(wrapperKnown ?? instruction, instruction) }

    mutating func noteTailCall() { hasTailCall = true }

    mutating func noteLoad(at instruction: Int, offset: Int16) { loads[instruction] = offset }

    mutating func noteFrame(_ lowest: Int, in function: Int) {
        self.lowest[function] = min(self.lowest[function], Int32(clamping: lowest))
    }

    /// Takes in what a function is given by one more call of it.
    mutating func noteCall(of callee: Int, from function: Int, _ given: [TrackedValue]) {
        callees[function].insert(callee)
        guard let known = arguments[callee] else {
            arguments[callee] = given
            return
        }
        arguments[callee] = zip(known, given).map { $0.joined(with: $1) }
    }
}

extension Instruction {
    /// Where the code goes on behind an instruction.
    enum Succession {
        case next(Int)
        case jump(Int)
        case branch(target: Int, after: Int)
        case end
        case unknown
    }

    /// Where a jump leads; nil for what is none.
    func jumpTarget(from index: Int) -> Int? {
        switch succession(from: index) {
        case .jump(let target), .branch(let target, _): target
        case .next, .end, .unknown: nil
        }
    }

    /// Whether the distance of a jump is in the immediate (`BPF_JMP32 | BPF_JA`).
    var isLongJump: Bool { code == 0x06 }

    func succession(from index: Int) -> Succession {
        if isWideLoad { return .next(index + 2) }
        switch codeClass {
        case .jump, .jump32:
            switch code {
            case 0x05: return .jump(index + 1 + Int(offset))
            case 0x06: return .jump(index + 1 + Int(immediate))
            case Self.callCode: return .next(index + 1)
            case 0x95: return .end
            // may_goto and its like.
            case 0xe5: return .branch(target: index + 1 + Int(offset), after: index + 1)
            default:
                guard (1...7).contains(code >> 4) || (10...13).contains(code >> 4) else { return .unknown }
                return .branch(target: index + 1 + Int(offset), after: index + 1)
            }
        default: return .next(index + 1)
        }
    }
}
