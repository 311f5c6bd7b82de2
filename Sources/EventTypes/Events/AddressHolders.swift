// SPDX-License-Identifier: Apache-2.0

internal import BPFObject

/// The registers that hold the address of an event around the call that sends it or makes room for it.
///
/// The debug information says which variable is in which register at a place of the code: that variable points to the
/// event, whatever other pointers the function has.
struct AddressHolders {
    /// Where the event comes to be, if that is the call: bytes from the start of the section.
    private var birth: UInt64?
    /// Registers at a place of the code: bytes from the start of the section.
    private var places: [(address: UInt64, registers: Set<UInt8>)] = []

    /// Instructions that are looked at on either side of the call.
    private static let most = 24

    init(_ emission: Emission, in function: ObjectFunction, targets: (Int) -> Bool) {
        let code = function.instructions
        let call = emission.instruction
        guard code.indices.contains(call) else { return }
        func address(_ place: Int) -> UInt64 { UInt64(function.start + place) * UInt64(Instruction.size) }
        guard let data = EmissionHelper.dataRegister(code[call].immediate) else {
            // The result is copied from register 0.
            birth = address(call + 1)
            var holders: Set<UInt8> = [0]
            var place = call + 1
            while place < code.count, places.count < Self.most, !holders.isEmpty {
                guard !targets(place) else { return }
                places.append((address(place), holders))
                let instruction = code[place]
                guard instruction.code != Instruction.callCode, instruction.code != 0x95,
                    ![0x05, 0x06].contains(instruction.code)
                else { return }
                Self.run(instruction, &holders)
                place += instruction.isWideLoad ? 2 : 1
            }
            return
        }
        // What is in the register at the call, followed from where the straight way to it begins.
        var start = call
        let ends: Set<UInt8> = [Instruction.callCode, 0x95, 0x05, 0x06]
        while start > 0, call - start < Self.most, !targets(start), !ends.contains(code[start - 1].code) {
            start -= 1
        }
        // The second half of a wide load is no instruction.
        if start > 0, code[start - 1].isWideLoad { start = min(start + 1, call) }
        var values = (0...9).map { Int($0) }
        var next = values.count
        var history: [(place: Int, values: [Int])] = []
        var place = start
        while place < call {
            history.append((place, values))
            let instruction = code[place]
            if let written = Self.written(instruction), values.indices.contains(Int(written)) {
                if Self.isCopy(instruction), values.indices.contains(Int(instruction.source)) {
                    values[Int(written)] = values[Int(instruction.source)]
                } else {
                    values[Int(written)] = next
                    next += 1
                }
            }
            place += instruction.isWideLoad ? 2 : 1
        }
        history.append((call, values))
        let wanted = values[Int(data)]
        for (place, values) in history {
            let holders = values.indices.filter { values[$0] == wanted }.map { UInt8($0) }
            if !holders.isEmpty { places.append((address(place), Set(holders))) }
        }
    }

    /// Whether a variable holds the address; nil if that is not told.
    ///
    /// One that has no place at all may have lost it as the compiler made one call of several.
    func holds(_ variable: DWARF.Variable) -> Bool? {
        if let birth {
            // What was there before is something else.
            if variable.isOwnParameter { return false }
            if !variable.registers.isEmpty, variable.registers.allSatisfy({ $0.code.upperBound <= birth }) {
                return false
            }
        }
        var isElsewhere = !places.isEmpty
        for (address, registers) in places {
            guard let register = variable.register(at: address) else {
                isElsewhere = false
                continue
            }
            if registers.contains(register) { return true }
        }
        return isElsewhere ? false : nil
    }

    private static func run(_ instruction: Instruction, _ holders: inout Set<UInt8>) {
        guard let written = written(instruction) else { return }
        if isCopy(instruction), holders.contains(instruction.source) {
            holders.insert(written)
        } else {
            holders.remove(written)
        }
    }

    /// Whether an instruction copies a register: BPF_ALU64 | BPF_MOV | BPF_X.
    private static func isCopy(_ instruction: Instruction) -> Bool {
        instruction.code == 0xbf && instruction.offset == 0
    }

    /// The register that an instruction that is no call writes to.
    private static func written(_ instruction: Instruction) -> UInt8? {
        switch instruction.code & 0x07 {
        case 0x00, 0x01, 0x04, 0x07: instruction.destination
        // Atomic operations may give back the old value.
        case 0x03 where instruction.code & 0xe0 == 0xc0: instruction.source
        default: nil
        }
    }
}
