// SPDX-License-Identifier: Apache-2.0

/// The registers at a probe, `struct pt_regs` of the machine that the probe is for.
///
/// The compiler of probes defines `PROBE_ARM64` for arm64; without it a probe is for x86-64. In a program of the host the
/// host's own machine counts.
@frozen
public struct Registers {
    /// Where the registers are.
    public let pointer: UnsafeRawPointer

    /// Registers at an address.
    @_transparent public init(_ pointer: UnsafeRawPointer) { self.pointer = pointer }

    #if PROBE_ARM64 || (!hasFeature(Embedded) && arch(arm64))
        /// Argument `number` of a function, from 0 to 5, a constant: `PT_REGS_PARM1` to `PT_REGS_PARM6`.
        @_transparent public func argument(_ number: Int) -> Int {
            guard number >= 0, number < 6 else { return __bpfkit_no_such_argument() }
            return pointer.load(fromByteOffset: number * 8, as: Int.self)
        }
        /// What a function returned: `PT_REGS_RC`.
        public var returned: Int { @_transparent get { pointer.load(fromByteOffset: 0, as: Int.self) } }
        /// The next instruction: `PT_REGS_IP`.
        public var instruction: UInt { @_transparent get { pointer.load(fromByteOffset: 256, as: UInt.self) } }
        /// The stack: `PT_REGS_SP`.
        public var stack: UInt { @_transparent get { pointer.load(fromByteOffset: 248, as: UInt.self) } }
        /// Where argument `number` of a system call is: the first one is `orig_x0`.
        @_transparent public static func offset(ofCallArgument number: Int) -> Int {
            guard number >= 0, number < 6 else { return __bpfkit_no_such_argument() }
            return number == 0 ? 272 : number * 8
        }
        /// How many bytes stand before the sample in `struct bpf_perf_event_data`.
        public static var size: Int { @_transparent get { 272 } }
    #else
        /// Argument `number` of a function, from 0 to 5, a constant: `PT_REGS_PARM1` to `PT_REGS_PARM6`.
        @_transparent public func argument(_ number: Int) -> Int {
            guard number >= 0, number < 6 else { return __bpfkit_no_such_argument() }
            return pointer.load(
                fromByteOffset: number == 0
                    ? 112 : number == 1 ? 104 : number == 2 ? 96 : number == 3 ? 88 : number == 4 ? 72 : 64,
                as: Int.self)
        }
        /// What a function returned: `PT_REGS_RC`.
        public var returned: Int { @_transparent get { pointer.load(fromByteOffset: 80, as: Int.self) } }
        /// The next instruction: `PT_REGS_IP`.
        public var instruction: UInt { @_transparent get { pointer.load(fromByteOffset: 128, as: UInt.self) } }
        /// The stack: `PT_REGS_SP`.
        public var stack: UInt { @_transparent get { pointer.load(fromByteOffset: 152, as: UInt.self) } }
        /// Where argument `number` of a system call is: the fourth one is in r10.
        @_transparent public static func offset(ofCallArgument number: Int) -> Int {
            guard number >= 0, number < 6 else { return __bpfkit_no_such_argument() }
            return number == 0 ? 112 : number == 1 ? 104 : number == 2 ? 96 : number == 3 ? 56 : number == 4 ? 72 : 64
        }
        /// How many bytes stand before the sample in `struct bpf_perf_event_data`.
        public static var size: Int { @_transparent get { 168 } }
    #endif
}

#if hasFeature(Embedded)
    /// What is called for an argument that no register has; nothing has it, so that the compiler of probes refuses it.
    @_extern(c) public func __bpfkit_no_such_argument() -> Int
    /// What is called where a number of 1 or 2 bytes is added to; nothing has it.
    @_extern(c) public func __bpfkit_no_atomic_addition()
    /// What is called where an entry of an array is removed; nothing has it.
    @_extern(c) public func __bpfkit_no_removal()
#else
    /// What is called where a number of 1 or 2 bytes is added to.
    public func __bpfkit_no_atomic_addition() { fatalError("BPFKit: numbers of 4 and 8 bytes are added to") }
    /// What is called where an entry of an array is removed.
    public func __bpfkit_no_removal() { fatalError("BPFKit: an array has all of its entries") }
    /// What is called for an argument that no register has.
    public func __bpfkit_no_such_argument() -> Int {
        fatalError("BPFKit: a function has arguments 0 to 5 in registers")
    }
#endif
