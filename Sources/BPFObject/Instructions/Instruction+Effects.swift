// SPDX-License-Identifier: Apache-2.0

/// A set of the registers `r0` to `r10`.
struct RegisterSet: OptionSet, Sendable, Hashable {
    let rawValue: UInt16

    /// All that a program can name, and more: what an instruction that is not known may read.
    static let all = RegisterSet(rawValue: .max)
    /// What a call takes: `r1` to `r5`.
    static let arguments: RegisterSet = [.init(1), .init(2), .init(3), .init(4), .init(5)]
    /// The result of a call and of a function.
    static let result = RegisterSet(0)

    init(rawValue: UInt16) { self.rawValue = rawValue }

    init(_ register: UInt8) { rawValue = 1 << UInt16(register & 0xf) }
}

/// What an instruction does to registers, and where the code goes on.
struct InstructionEffects {
    /// Where the code goes on, counted from the instruction itself.
    enum Next: Equatable {
        /// At so many instructions further on; a function ends where there are none.
        case distances([Int])
        /// Nobody can tell.
        case unknown
    }

    /// What it reads, or may read.
    var reads: RegisterSet = []
    /// What it certainly overwrites.
    var writes: RegisterSet = []
    /// Where the code goes on.
    var next = Next.distances([1])

    /// An instruction of which nothing is known: it may read anything and go anywhere.
    static let unknown = InstructionEffects(reads: .all, writes: [], next: .unknown)
}

extension Instruction {
    /// The class of its code (`BPF_CLASS`).
    package var codeClass: CodeClass { CodeClass(rawValue: code & 0x07) ?? .load }

    /// The eight classes of instructions.
    package enum CodeClass: UInt8, Sendable {
        /// `BPF_LD`, `BPF_LDX`, `BPF_ST`, `BPF_STX`, `BPF_ALU`, `BPF_JMP`, `BPF_JMP32`, `BPF_ALU64`.
        case load, loadRegister, store, storeRegister, arithmetic32, jump, jump32, arithmetic64
    }

    /// The mode of an access to memory (`BPF_MODE`).
    var mode: UInt8 { code & 0xe0 }

    /// `BPF_ATOMIC`, which was `BPF_XADD` once.
    static let atomicMode: UInt8 = 0xc0
    /// `BPF_FETCH`, in the immediate of an atomic operation: it gives back what was there before.
    static let fetch: Int32 = 0x01
    /// `BPF_CMPXCHG`.
    static let compareAndExchange: Int32 = 0xf1
    /// `BPF_LOAD_ACQ`.
    static let loadAcquire: Int32 = 0x100

    /// Whether this is an atomic operation on 4 or 8 bytes.
    package var isAtomic: Bool { codeClass == .storeRegister && mode == Self.atomicMode }

    /// Whether this adds to memory and gives back what was there before (`BPF_ADD | BPF_FETCH`).
    package var isFetchingAdd: Bool { isAtomic && immediate == Self.fetch }

    /// What it does, as far as that is known for certain.
    var effects: InstructionEffects {
        let (to, from) = (RegisterSet(destination), RegisterSet(source))
        switch codeClass {
        case .load:
            if isWideLoad { return InstructionEffects(writes: to, next: .distances([2])) }
            // A packet's bytes by the context in r6; what lies beyond the packet ends the program.
            guard mode == 0x20 || mode == 0x40 else { return .unknown }
            return InstructionEffects(reads: [from, RegisterSet(6)])
        case .loadRegister: return InstructionEffects(reads: from, writes: to)
        case .store: return InstructionEffects(reads: to)
        case .storeRegister:
            guard isAtomic else { return InstructionEffects(reads: [to, from]) }
            if immediate == Self.loadAcquire { return InstructionEffects(reads: from, writes: to) }
            if immediate == Self.compareAndExchange {
                return InstructionEffects(reads: [to, from, .result], writes: .result)
            }
            return InstructionEffects(reads: [to, from], writes: immediate & Self.fetch != 0 ? from : [])
        case .arithmetic32, .arithmetic64:
            guard code >> 4 <= 0xd else { return .unknown }
            let isMove = code >> 4 == 0xb
            return InstructionEffects(reads: isMove ? from : [to, from], writes: to)
        case .jump, .jump32: return jumpEffects
        }
    }

    private var jumpEffects: InstructionEffects {
        let (to, from) = (RegisterSet(destination), RegisterSet(source))
        switch code {
        case 0x05: return InstructionEffects(next: .distances([1 + Int(offset)]))
        case 0x06: return InstructionEffects(next: .distances([1 + Int(immediate)]))
        case Self.callCode: return InstructionEffects(reads: .arguments, writes: [.arguments, .result])
        case 0x95: return InstructionEffects(reads: .result, next: .distances([]))
        // may_goto and its like: a jump that depends on no register.
        case 0xe5: return InstructionEffects(next: .distances([1, 1 + Int(offset)]))
        default:
            // The comparisons; anything else, such as a jump to the address in a register, is not known.
            guard (1...7).contains(code >> 4) || (10...13).contains(code >> 4) else { return .unknown }
            return InstructionEffects(reads: [to, from], next: .distances([1, 1 + Int(offset)]))
        }
    }
}
