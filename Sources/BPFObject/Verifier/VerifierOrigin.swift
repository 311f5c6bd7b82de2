// SPDX-License-Identifier: Apache-2.0

/// Where a value comes from: the instruction that made it, and what that is.
struct VerifierOrigin: Equatable {
    enum Kind: Equatable {
        /// A helper or a function of the kernel gave it.
        case call(String)
        /// It was read from memory.
        case load
        /// It is a constant.
        case constant
        /// It was changed, and where it comes from is not in the log.
        case change
    }

    let instruction: Int
    let kind: Kind

    init(instruction: Int, kind: Kind) {
        self.instruction = instruction
        self.kind = kind
    }

    /// Looks for the source of a register's value, backward from the last step, which reads it.
    ///
    /// The value is followed through copies, arithmetic and the stack of one function, and into functions of the
    /// program and out of them as far as registers carry it.
    ///
    /// - Parameter followsIndex: Whether the number is meant that was added to the register, and not what it was before.
    init?(ofRegister register: Int, in steps: some BidirectionalCollection<VerifierStep>, followsIndex: Bool = false) {
        var place = Place.register(register)
        var seeksIndex = followsIndex
        var changed: Int?
        // How many functions deep the walk backward is in calls that have returned.
        var depth = 0
        for step in steps.dropLast().reversed() {
            let effect = step.effect
            switch effect {
            case .exit:
                // The value that a function returned is followed into it, and nothing else is.
                if place != .register(0) || depth > 0 { depth += 1 }
                continue
            case .enter where depth > 0:
                depth -= 1
                continue
            default: if depth > 0 { continue }
            }
            switch (effect, place) {
            case (.copy(let to, let from), .register(let wanted)) where to == wanted: place = .register(from)
            case (.fill(let to, let slot), .register(let wanted)) where to == wanted: place = .slot(slot)
            case (.spill(let slot, let from), .slot(let wanted)) where slot == wanted:
                guard let from else {
                    self.init(instruction: step.instruction, kind: .constant)
                    return
                }
                place = .register(from)
            case (.set(let to), .register(let wanted)) where to == wanted:
                self.init(instruction: step.instruction, kind: .constant)
                return
            case (.load(let to, _), .register(let wanted)) where to == wanted:
                self.init(instruction: step.instruction, kind: .load)
                return
            case (.change(let to, let by?), .register(let wanted)) where to == wanted && seeksIndex:
                place = .register(by)
                seeksIndex = false
            case (.change(let to, _), .register(let wanted)) where to == wanted: changed = changed ?? step.instruction
            case (.call(let name), .register(0)):
                // The address itself is not what is looked for.
                if seeksIndex { return nil }
                self.init(instruction: step.instruction, kind: .call(name))
                return
            case (.call, .register(1...5)): return nil
            case (.enter, .register(let number)) where !(1...5).contains(number): return nil
            case (.enter, .slot): return nil
            default: break
            }
        }
        // An address on the stack comes from nowhere.
        guard let changed, !seeksIndex, place != .register(10) else { return nil }
        self.init(instruction: changed, kind: .change)
    }

    private enum Place: Equatable {
        case register(Int)
        case slot(Int)
    }
}
