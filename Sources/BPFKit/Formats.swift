// SPDX-License-Identifier: Apache-2.0

/// A member of an event that is written otherwise than its type says: `var uid: Formatted<UInt32, Format.uid>`.
///
/// In the object it is a member of type `Value` with the tag `fmt:NAME`, as C has it by `btf_decl_tag`.
@frozen
public struct Formatted<Value: BitwiseCopyable, Name>: BitwiseCopyable {
    /// The value.
    public var value: Value
    /// A value.
    @_transparent public init(_ value: Value) { self.value = value }
}

/// A histogram in a map: bucket `i` counts what is from 2 to the power of `i` to below twice that, the first one 0 and 1.
///
/// In the object it is an array of 64-bit counts with the tag `fmt:log2:UNIT`, which `--maps` draws.
@frozen
public struct Histogram<let buckets: Int, Unit>: BitwiseCopyable {
    /// How often each was counted.
    public var slots: InlineArray<buckets, UInt64>
    /// Nothing counted.
    @_transparent public init() { slots = InlineArray(repeating: 0) }

    /// Counts a number, without losing what other processors count at the same time.
    @_transparent public mutating func count(_ number: UInt64) {
        let bucket = min(log2(number), UInt64(truncatingIfNeeded: buckets - 1))
        withUnsafeMutablePointer(to: &self) {
            let place = UnsafeMutableRawPointer($0) + Int(truncatingIfNeeded: bucket) * 8
            add(1, to: place.assumingMemoryBound(to: UInt64.self))
        }
    }
}

/// The number of the highest bit that is set, 0 for 0.
///
/// It is in plain steps: BPF has no instruction for it, and older verifiers lose count of wider arithmetic.
@_transparent
public func log2(_ number: UInt64) -> UInt64 {
    var rest = number
    var bit: UInt64 = 0
    if rest >= 1 << 32 {
        rest >>= 32
        bit += 32
    }
    if rest >= 1 << 16 {
        rest >>= 16
        bit += 16
    }
    if rest >= 1 << 8 {
        rest >>= 8
        bit += 8
    }
    if rest >= 1 << 4 {
        rest >>= 4
        bit += 4
    }
    if rest >= 1 << 2 {
        rest >>= 2
        bit += 2
    }
    if rest >= 1 << 1 { bit += 1 }
    return bit
}

/// The names of formats, for ``Formatted``; what each writes is in docs/events.md.
public enum Format {
    /// Integers: `hex`.
    public enum hex {}
    /// Integers: `oct`.
    public enum oct {}
    /// Integers: `bin`.
    public enum bin {}
    /// An address of IPv4, in the order of the network: `ip4`.
    public enum ip4 {}
    /// 16 bytes: `ip6`.
    public enum ip6 {}
    /// 6 bytes: `mac`.
    public enum mac {}
    /// A port, in the order of the network: `port`.
    public enum port {}
    /// Characters: `comm`.
    public enum comm {}
    /// Ns, an integer of up to 64 bits: `iso`.
    public enum iso {}
    /// Ns of the kernel's clock: `ktime`.
    public enum ktime {}
    /// A duration in ns: `ns`.
    public enum ns {}
    /// An address of the kernel: `ksym`.
    public enum ksym {}
    /// An error: `errno`.
    public enum errno {}
    /// What a function returned: `ret`.
    public enum ret {}
    /// A system call's number: `syscall`.
    public enum syscall {}
    /// Any bytes, also those of an integer: `bytes`.
    public enum bytes {}
    /// An integer whose bits have names: `flags`.
    public enum flags {}
    /// An integer of 16, 32 or 64 bits in network order (`__be32`): `be`.
    public enum be {}
    /// A signal: `signal`.
    public enum signal {}
    /// A set of signals: the kernel's `sigset_t`, or an integer: `sigset`.
    public enum sigset {}
    /// A user: `uid`.
    public enum uid {}
    /// A group: `gid`.
    public enum gid {}
    /// A file's mode: `mode`.
    public enum mode {}
    /// Flags of open(2): `openflags`.
    public enum openflags {}
    /// Protections of mmap(2): `prot`.
    public enum prot {}
    /// Flags of mmap(2): `mapflags`.
    public enum mapflags {}
    /// An address family: `family`.
    public enum family {}
    /// The kind of a socket: `socktype`.
    public enum socktype {}
    /// A protocol of IP: `protocol`.
    public enum `protocol` {}
    /// A state of a TCP connection: `tcpstate`.
    public enum tcpstate {}
    /// What a frame carries: 2 bytes in network order: `ethertype`.
    public enum ethertype {}
    /// The address of a socket: `endpoint`.
    public enum endpoint {}
    /// A device as the kernel numbers it (`dev_t`, 20 bits of minor): `dev`.
    public enum dev {}
    /// A device as user space does (`st_dev`, makedev(3)): `userdev`.
    public enum userdev {}
    /// The id of a control group (`bpf_get_current_cgroup_id`): `cgroup`.
    public enum cgroup {}
    /// A control group, by its id or path: `unit`.
    public enum unit {}
    /// A control group, by its id or path: `container`.
    public enum container {}
    /// A capability: `cap`.
    public enum cap {}
    /// A set of capabilities: `caps`.
    public enum caps {}
    /// Flags of clone(2), with the signal at the end: `clone`.
    public enum clone {}
    /// The addresses of a stack: an array of 64-bit integers: `stack`.
    public enum stack {}
    /// The number of a stack in the map of stacks that is read beside (`bpf_get_stackid`): `stackid`.
    public enum stackid {}
}

/// What the buckets of a ``Histogram`` count.
public enum Unit {
    /// Nanoseconds.
    public enum ns {}
    /// Microseconds.
    public enum us {}
    /// Milliseconds.
    public enum ms {}
    /// Bytes.
    public enum bytes {}
}
