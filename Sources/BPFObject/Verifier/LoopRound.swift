// SPDX-License-Identifier: Apache-2.0

internal import Diagnostics

/// The round that a program goes again and again at the end of a log.
struct LoopRound {
    /// A line of C.
    struct Place: Hashable {
        let file: String
        let line: Int
    }

    /// The lines of the round.
    let places: Set<Place>
    /// The instructions of the last rounds.
    private let steps: ArraySlice<VerifierStep>

    /// The rounds that must be alike, the lines of one at most, and the steps that are looked at.
    private static let rounds = 3
    private static let longest = 32
    private static let mostSteps = 4096

    /// Looks for the shortest round at the end of the way; nil if the way does not repeat itself.
    init?(of all: [VerifierStep], in program: LinkedProgram) {
        let steps = all.suffix(Self.mostSteps)
        var lines: [(place: Place, start: Int)] = []
        for index in steps.indices {
            guard let label = program.sourceLine(ofInstruction: steps[index].instruction) else { continue }
            let place = Place(file: label.file, line: label.line)
            if lines.last?.place != place { lines.append((place, index)) }
        }
        guard
            let length = (1...Self.longest).first(where: { length in
                lines.count > length * (Self.rounds + 1)
                    && (1...length * Self.rounds).allSatisfy {
                        lines[lines.count - $0].place == lines[lines.count - $0 - length].place
                    }
            })
        else { return nil }
        places = Set(lines.suffix(length).map(\.place))
        self.steps = steps[lines[lines.count - 2 * length - 1].start...]
    }

    /// `of lines 7 to 9`.
    var place: String {
        let numbers = places.map(\.line).sorted()
        guard let first = numbers.first, let last = numbers.last, Set(places.map(\.file)).count == 1,
            last - first <= Self.mostLines
        else { return "that is followed last" }
        return first == last ? "of line \(first)" : "of lines \(first) to \(last)"
    }

    /// Lines that are further apart are not those of one loop.
    private static let mostLines = 200

    /// Whether a comparison with a constant may end it: of a number that each round raises or lowers, or of what an
    /// iterator gives.
    var hasBound: Bool {
        for index in steps.indices {
            let step = steps[index]
            if step.text.hasPrefix("may_goto") { return true }
            switch step.effect {
            case .call(let name) where name.hasPrefix("bpf_iter_") || name == "bpf_loop": return true
            case .enter: return true
            default: break
            }
            if let register = Self.compared(step), isCounted(register, before: index) { return true }
        }
        return false
    }

    /// The register that a jump compares with a constant: 1 of `if w1 s< 0x40 goto pc+1`.
    private static func compared(_ step: VerifierStep) -> Int? {
        let words = step.text.split(separator: " ")
        guard words.count > 4, words[0] == "if", words[4] == "goto", let sign = words[1].first,
            sign == "r" || sign == "w",
            words[3].first != "r", words[3].first != "w"
        else { return nil }
        return Int(words[1].dropFirst())
    }

    /// Whether the rounds add a constant to what a register holds.
    private func isCounted(_ register: Int, before index: Int) -> Bool {
        var register: Int? = register
        var slot: Int?
        for step in steps[..<index].reversed() {
            switch step.effect {
            case .copy(let to, let from) where to == register: register = from
            case .fill(let to, let from) where to == register: (register, slot) = (nil, from)
            case .spill(let to, let from) where to == slot:
                guard let from else { return false }
                (register, slot) = (from, nil)
            case .change(let to, by: nil) where to == register:
                if step.text.contains(" += ") || step.text.contains(" -= ") { return true }
            case .change(let to, _) where to == register: return true
            default: if let register, step.destination == register { return false }
            }
        }
        return false
    }
}
