// SPDX-License-Identifier: Apache-2.0

/// An instruction that the verifier walked through, as its log shows it.
public struct VerifierStep: Sendable, Equatable {
    /// The index in the program as it was loaded.
    public let instruction: Int
    /// The instruction in the kernel's notation, such as `r0 = *(u64 *)(r1 +0)`.
    public let text: String

    /// Takes apart `17: (85) call bpf_map_lookup_elem#1 ; R0_w=map_value_or_null(id=1)`.
    init?(_ line: Substring) {
        guard let index = VerifierLog.instructionIndex(line), let open = line.firstIndex(of: "("),
            let close = line[open...].firstIndex(of: ")")
        else { return nil }
        instruction = index
        text = String(line[line.index(after: close)...].prefix { $0 != ";" }.trimmed)
    }

    /// What is known of registers behind the instruction, which kernels tell since 5.17.
    static func state(in line: Substring) -> Substring? {
        line.firstIndex(of: ";").map { line[line.index(after: $0)...] }
    }

    /// What an instruction does to registers and the stack, as far as the search for a value's source needs it.
    enum Effect: Equatable {
        /// `r1 = r2`: the value goes on.
        case copy(to: Int, from: Int)
        /// `r1 += 8` and `r1 += r2`: another value of the same source.
        case change(Int, by: Int?)
        /// `r1 = 5`, and the address of a map.
        case set(Int)
        /// `r1 = *(u64 *)(r10 -8)`.
        case fill(Int, slot: Int)
        /// `r1 = *(u64 *)(r2 +8)`.
        case load(Int, base: Int)
        /// `*(u64 *)(r10 -8) = r1`; no register for a number.
        case spill(slot: Int, from: Int?)
        /// `call bpf_map_lookup_elem#1`.
        case call(name: String)
        /// `call pc+5`: a function of the program.
        case enter
        case exit
        case other
    }

    /// What it does.
    var effect: Effect {
        let words = text.split(separator: " ")
        guard let first = words.first else { return .other }
        if first == "exit" { return .exit }
        if first == "call", words.count > 1 {
            if words[1].hasPrefix("pc") || words[1].hasPrefix("cb") { return .enter }
            return .call(name: String(words[1].prefix { $0 != "#" }))
        }
        if let register = Self.register(first), words.count > 2 {
            let right = words[2...].joined(separator: " ")
            guard words[1] == "=" else {
                return .change(register, by: words.count == 3 ? Self.register(words[2]) : nil)
            }
            if let source = Self.register(words[2]), words.count == 3 { return .copy(to: register, from: source) }
            guard right.hasPrefix("*(") else {
                // r1 = (s8)r2, r1 = be16 r1, r1 = addr_space_cast(…): the value is made of another one.
                return right.hasSuffix("\(first)") ? .change(register, by: nil) : .set(register)
            }
            guard let place = Self.address(in: right) else { return .set(register) }
            return place.base == 10 ? .fill(register, slot: place.offset) : .load(register, base: place.base)
        }
        if text.hasPrefix("*("), let sign = text.firstRange(of: " = "),
            let place = Self.address(in: String(text[..<sign.lowerBound])), place.base == 10
        {
            return .spill(slot: place.offset, from: Self.register(text[sign.upperBound...]))
        }
        return .other
    }

    /// The register that it writes, if it is one.
    var destination: Int? {
        switch effect {
        case .copy(let register, _), .change(let register, _), .set(let register), .fill(let register, _),
            .load(let register, _):
            register
        case .call, .enter: 0
        case .spill, .exit, .other: nil
        }
    }

    /// The 3 of `r3` and `w3`.
    private static func register(_ word: Substring) -> Int? {
        guard word.first == "r" || word.first == "w", let number = Int(word.dropFirst()),
            (0..<VerifierRegister.count).contains(number)
        else { return nil }
        return number
    }

    /// The 10 and -8 of `*(u64 *)(r10 -8)`.
    private static func address(in text: String) -> (base: Int, offset: Int)? {
        guard let open = text.lastIndex(of: "("), let close = text[open...].firstIndex(of: ")") else { return nil }
        let words = text[text.index(after: open)..<close].split(separator: " ")
        guard words.count == 2, let base = register(words[0]), let offset = Int(words[1]) else { return nil }
        return (base, offset)
    }
}
