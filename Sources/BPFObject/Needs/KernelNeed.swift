// SPDX-License-Identifier: Apache-2.0

package import Diagnostics

/// Something that a program asks of the kernel and that older kernels do not have.
package struct KernelNeed: Sendable, Equatable {
    /// What it is, in words that follow "it has" or "it is": `an atomic exchange`.
    package let what: String
    /// The first kernel that has it; nil is none that is known.
    package let since: KernelRelease?
    /// How to do without.
    package let hint: Diagnostic.Hint

    init(_ what: String, since: KernelRelease?, next: Diagnostic.Hint) {
        self.what = what
        self.since = since
        hint = next
    }

    /// The same in the words of the library.
    package var nextStep: String { hint.text() }

    /// One clause: what it is, and since when kernels have it.
    package var text: String {
        what + (since.map { ", which kernels have since \($0)" } ?? ", which no kernel takes")
    }

    /// The same as a cause, for a kernel of some release.
    package func cause(_ release: KernelRelease) -> String {
        "it has " + text + (since == nil ? "" : "; this one is \(release)")
    }

    /// Lines that name needs beside the one that a refusal is about; the first few of them.
    package static func hints(_ needs: [KernelNeed]) -> [String] {
        let shown = needs.prefix(4).map { "it asks also for \($0.text)" }
        return shown + (needs.count > 4 ? ["and for \(needs.count - 4) more things of newer kernels"] : [])
    }

    /// Whether a kernel of some release is too old.
    package func isLacking(in release: KernelRelease) -> Bool { since.map { release < $0 } ?? true }
}

extension KernelNeed {
    private static func processor(_ what: String, _ since: KernelRelease, _ version: Int) -> KernelNeed {
        KernelNeed(
            what, since: since,
            next:
                "\(.compile("-mcpu=v\(version)"), "compile with -mcpu=v\(version)"), of which every instruction is older than that"
        )
    }

    /// What one instruction asks for; nil if kernels have had it since 4.16.
    init?(_ instruction: Instruction) {
        switch instruction.codeClass {
        case .load: self.init(wideLoad: instruction)
        case .loadRegister:
            guard instruction.mode == 0x80 else { return nil }
            self = .processor("a load that extends the sign (BPF_MEMSX)", KernelRelease(6, 6), 3)
        case .store: return nil
        case .storeRegister: self.init(atomic: instruction)
        case .arithmetic32, .arithmetic64: self.init(arithmetic: instruction)
        case .jump, .jump32: self.init(jump: instruction)
        }
    }

    private init?(wideLoad instruction: Instruction) {
        guard instruction.isWideLoad else { return nil }
        switch instruction.source {
        case Instruction.pseudoMapValue:
            self.init("a global variable", since: KernelRelease(5, 2), next: "keep it in a map")
        case Instruction.pseudoKernelVariable:
            self.init(
                "the address of a variable of the kernel (BPF_PSEUDO_BTF_ID)", since: KernelRelease(5, 10),
                next: "declare it as const void, with __ksym, to get its address from /proc/kallsyms")
        case Instruction.pseudoFunction:
            self.init(
                "the address of a function, for a callback (BPF_PSEUDO_FUNC)", since: KernelRelease(5, 13),
                next: "write the loop or the work of the callback out in the program")
        default: return nil
        }
    }

    private init?(atomic instruction: Instruction) {
        guard instruction.isAtomic else { return nil }
        let what: String
        switch instruction.immediate {
        case 0x00: return nil
        case 0x01: what = "an atomic addition whose result is used"
        case 0x40, 0x41: what = "an atomic OR"
        case 0x50, 0x51: what = "an atomic AND"
        case 0xa0, 0xa1: what = "an atomic XOR"
        case 0xe1: what = "an atomic exchange"
        case Instruction.compareAndExchange: what = "an atomic compare and exchange"
        case 0x100, 0x110:
            self = .processor(
                instruction.immediate == 0x100 ? "a load-acquire" : "a store-release", KernelRelease(6, 15), 3)
            return
        default: what = "an atomic operation 0x" + String(UInt32(bitPattern: instruction.immediate), radix: 16)
        }
        self.init(
            what + " (BPF_ATOMIC)", since: KernelRelease(5, 12),
            next: instruction.isFetchingAdd
                ? "do not use what it gives back: the addition alone loads on every kernel"
                : "use a per-CPU map, or bpf_spin_lock (5.1), in place of it")
    }

    private init?(arithmetic instruction: Instruction) {
        let is64 = instruction.codeClass == .arithmetic64
        switch (instruction.code >> 4, instruction.offset) {
        case (0xd, _) where is64: self = .processor("a byte swap without condition (bswap)", KernelRelease(6, 6), 3)
        case (0x3, 1), (0x9, 1): self = .processor("a division of signed numbers", KernelRelease(6, 6), 3)
        case (0xb, 1) where is64 && instruction.code & 0x08 != 0:
            self.init(
                "a cast between address spaces, as arenas have it", since: KernelRelease(6, 9),
                next: "keep the data in an array or a hash in place of an arena")
        case (0xb, 8), (0xb, 16), (0xb, 32):
            guard instruction.code & 0x08 != 0 else { return nil }
            self = .processor("a move that extends the sign (movsx)", KernelRelease(6, 6), 3)
        default: return nil
        }
    }

    private init?(jump instruction: Instruction) {
        switch instruction.code {
        case 0x06: self = .processor("a jump over 32 bits (gotol)", KernelRelease(6, 6), 3)
        case 0x0d:
            self = .processor("a jump to an address in a register, of a switch (gotox)", KernelRelease(6, 19), 3)
        case 0x8d:
            self.init(
                "a call of an address in a register", since: nil,
                next:
                    "\(.compile("-O2"), "compile with -O2"): without it, clang calls helpers and inline functions like that"
            )
        case 0xe5:
            self.init(
                "a loop that may end early (may_goto)", since: KernelRelease(6, 9),
                next: "give the loop a fixed bound, or use bpf_loop (5.17)")
        case Instruction.callCode: self.init(call: instruction)
        default:
            guard instruction.codeClass == .jump32 else { return nil }
            self = .processor("a comparison of 32 bits (BPF_JMP32)", KernelRelease(5, 1), 2)
        }
    }

    private init?(call instruction: Instruction) {
        switch instruction.source {
        case Instruction.pseudoKernelCall:
            self.init(
                "a call of a kernel function", since: KernelRelease(5, 13),
                next: "declare the function __weak and guard the call with bpf_ksym_exists")
        case 0:
            let helper = Helper(rawValue: instruction.immediate)
            guard let name = helper.name, let constant = helper.constant, let since = helper.since else { return nil }
            self.init(
                "a call of the helper \(name)", since: since,
                next: "guard the call with bpf_core_enum_value_exists(enum bpf_func_id, \(constant))")
        default: return nil
        }
    }
}

extension LinkedProgram {
    /// What the program asks for that a kernel of some release does not have: the instruction, and what it is.
    ///
    /// What must not be reached, since CO-RE found that this kernel does not have it, is not among it.
    package func lacking(in release: KernelRelease) -> [(instruction: Int, need: KernelNeed)] {
        var found: [(instruction: Int, need: KernelNeed)] = []
        var index = 0
        while index < instructions.count {
            let instruction = instructions[index]
            if poison[index] == nil, let need = KernelNeed(instruction), need.isLacking(in: release),
                !found.contains(where: { $0.need == need })
            {
                found.append((index, need))
            }
            index += instruction.isWideLoad ? 2 : 1
        }
        return found
    }
}
