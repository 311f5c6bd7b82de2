// SPDX-License-Identifier: Apache-2.0

internal import BPFObject

/// A place in the code that writes to memory that may become an event: a store, or a call of a helper that fills memory.
struct EventWrite: Hashable {
    /// Where it writes.
    enum Place: Hashable {
        /// To the frame of the function: bytes from its top.
        case frame(Int)
        /// To memory that a helper gave.
        case given(GivenMemory)
    }

    /// What is written.
    enum Kind: Hashable {
        /// A number; which one, if the code says that.
        case number(Int64?)
        /// Text that a helper copies.
        case text
        /// Memory that a helper copies.
        case bytes
    }

    /// The index of the function in the object.
    let function: Int
    /// The index of the store or call in the function's code.
    let instruction: Int
    let place: Place
    /// Bytes that are written at most.
    let size: Int
    let kind: Kind
    /// Whether what is stored may be what was loaded before: of several members at once, where compilers join their copies.
    let isCopy: Bool

    /// What an instruction writes; nil if that is nothing, or it is not told where or how much.
    init?(_ code: [Instruction], at place: Int, in function: Int, _ state: AbstractState) {
        let instruction = code[place]
        let address: AbstractValue
        switch instruction.code & 0x07 {
        // BPF_ST | BPF_MEM, BPF_STX | BPF_MEM
        case 0x02, 0x03:
            guard instruction.code & 0xe0 == 0x60 else { return nil }
            let value: AbstractValue =
                instruction.code & 0x07 == 0x02
                ? .number(Int64(instruction.immediate)) : state[instruction.source]
            if case .numbers(let numbers) = value, numbers.count == 1 {
                kind = .number(numbers[0])
            } else {
                kind = .number(nil)
            }
            size = AbstractStep.width(instruction.code)
            address = state[instruction.destination]
        case 0x05:
            guard instruction.code == Instruction.callCode, instruction.source == 0,
                let written = Self.written(by: instruction.immediate), case .numbers(let sizes) = state[2],
                let most = sizes.max(), sizes.allSatisfy({ $0 > 0 }), most <= 1 << 20
            else { return nil }
            (kind, size, address) = (written, Int(most), state[1])
        default: return nil
        }
        let offset = instruction.code == Instruction.callCode ? 0 : Int(instruction.offset)
        switch address {
        case .frame(let base): self.place = .frame(base + offset)
        case .given(let memory):
            guard let moved = memory.moved(by: offset) else { return nil }
            self.place = .given(moved)
        default: return nil
        }
        self.function = function
        self.instruction = place
        isCopy = instruction.code & 0x07 == 0x03 && Self.isLoaded(instruction.source, size, code, before: place)
    }

    /// Whether a register may hold what a load gave it: that is not told where the code in front of it is long.
    private static func isLoaded(_ register: UInt8, _ size: Int, _ code: [Instruction], before place: Int) -> Bool {
        for distance in 1...farthest {
            guard code.indices.contains(place - distance) else { return true }
            let instruction = code[place - distance]
            switch instruction.code & 0x07 {
            case 0x01 where instruction.destination == register: return AbstractStep.width(instruction.code) == size
            case 0x04, 0x07:
                guard instruction.destination == register else { continue }
                // BPF_MOV of a register only hands on what is in it.
                return instruction.code & 0xf8 == 0xb8
            case 0x05 where instruction.code == Instruction.callCode && register <= 5: return false
            default: continue
            }
        }
        return true
    }

    private static let farthest = 128

    /// What a helper writes to the memory in register 1, of the size in register 2; nil if it writes nothing there.
    private static func written(by helper: Int32) -> Kind? {
        switch helper {
        // bpf_probe_read_str, bpf_probe_read_user_str, bpf_probe_read_kernel_str, bpf_get_current_comm
        case 45, 114, 115, 16: .text
        // bpf_probe_read, bpf_probe_read_user, bpf_probe_read_kernel
        case 4, 112, 113: .bytes
        default: nil
        }
    }
}
