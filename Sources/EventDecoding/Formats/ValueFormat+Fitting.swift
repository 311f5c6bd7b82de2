// SPDX-License-Identifier: Apache-2.0

internal import EventTypes

extension ValueFormat {
    /// Whether the format says something of the values of a place.
    ///
    /// - Parameters:
    ///   - kind: What the place holds. Of an array ask for the kind of its elements to format each of them; asked for
    ///     the array itself, the formats of addresses and bytes take its bytes as a whole.
    ///   - bytes: The size of the place; 0 for a flexible array.
    package func accepts(_ kind: ValueKind, bytes: Int) -> Bool {
        let bits: Int? =
            switch kind {
            case .unsigned(let bits), .signed(let bits): bits
            case .boolean, .enumeration, .pointer: bytes * 8
            case .float, .text, .bytes, .array, .structure: nil
            }
        if case .float = kind { return false }
        return switch self {
        case .dec, .oct, .bin: bits != nil
        case .hex, .bytes: true
        case .ip4: bits == 32 || bits == nil && bytes == 4
        case .ip6: bits == 128 || bits == nil && bytes == 16
        case .mac: bits == nil && bytes == 6
        case .port, .ethertype: bits == 16 || bits == nil && bytes == 2
        case .comm: kind.isCharacters
        case .iso, .ktime, .ns, .dev, .userdev, .cgroup: kind.isInteger(upTo: 64)
        case .be: [16, 32, 64].contains(bits) && kind.isInteger(upTo: 64)
        case .ksym:
            switch kind {
            case .pointer: true
            default: bits == 64 && kind.isInteger(upTo: 64)
            }
        case .errno, .ret, .syscall, .mode, .signal, .openflags, .prot, .mapflags, .family, .socktype, .protocol,
            .tcpstate, .cap, .clone:
            kind == .enumeration || kind.isInteger(upTo: 64)
        // The kernel's `kuid_t`, `sigset_t` and `kernel_cap_t` are structures.
        case .uid, .gid: kind.isInteger(upTo: 64) || kind == .structure && bytes == 4
        case .sigset, .caps: kind.isInteger(upTo: 64) || kind.isComposite && bytes == 8
        case .unit, .container: kind.isInteger(upTo: 64) || kind.isCharacters
        case .stack:
            switch kind {
            case .array, .bytes: bytes > 0 && bytes % 8 == 0
            default: false
            }
        case .stackid: kind.isInteger(upTo: 64) && bits ?? 0 >= 32
        case .kstack, .ustack:
            Self.stack.accepts(kind, bytes: bytes) || Self.stackid.accepts(kind, bytes: bytes)
        case .buildid: kind.isComposite && bytes > 0 && bytes % StackMembers.buildIDSize == 0
        case .endpoint:
            bits == 32 || bits == 128
                || bits == nil && !kind.isText && (bytes == 4 || bytes >= 16 || kind == .structure)
        case .flags: kind == .enumeration || kind.isInteger(upTo: 128)
        }
    }

    /// Refuses a place whose values the format says nothing of.
    ///
    /// - Parameters:
    ///   - field: The name of the place, for the error.
    ///   - kind: What it holds.
    ///   - bytes: Its size; 0 for a flexible array.
    package func check(field: String, _ kind: ValueKind, bytes: Int) throws(FormatError) {
        guard accepts(kind, bytes: bytes) else { throw FormatError.unfit(self, field: field, kind, bytes: bytes) }
    }

    /// What the format is for, as `--help` and errors say it.
    package var purpose: String {
        switch self {
        case .dec: "a number in decimal"
        case .hex: "a number, or any bytes, in hexadecimal"
        case .oct: "a number in octal"
        case .bin: "a number in binary"
        case .ip4: "an IPv4 address: 4 bytes in network order"
        case .ip6: "an IPv6 address: 16 bytes"
        case .mac: "a hardware address: 6 bytes"
        case .port: "a port: 2 bytes in network order"
        case .comm: "characters"
        case .iso: "a time in ns: an integer of up to 64 bits"
        case .ktime: "a time of the kernel in ns: an integer of up to 64 bits"
        case .ns: "a duration in ns: an integer of up to 64 bits"
        case .ksym: "an address of the kernel: a pointer or a 64-bit integer"
        case .errno: "an error: an integer of up to 64 bits"
        case .ret: "what a function returned: an integer of up to 64 bits"
        case .syscall: "a system call: an integer of up to 64 bits"
        case .bytes: "any bytes, in hexadecimal"
        case .flags: "an integer whose bits have names"
        case .be: "a number in network order: an integer of 16, 32 or 64 bits"
        case .signal: "a signal: an integer of up to 64 bits"
        case .sigset: "a set of signals: 8 bytes, or an integer"
        case .uid: "a user: an integer of up to 64 bits, or the kernel's kuid_t"
        case .gid: "a group: an integer of up to 64 bits, or the kernel's kgid_t"
        case .mode: "a file's mode: an integer of up to 64 bits"
        case .openflags: "flags of open(2): an integer of up to 64 bits"
        case .prot: "protections of mmap(2): an integer of up to 64 bits"
        case .mapflags: "flags of mmap(2): an integer of up to 64 bits"
        case .family: "an address family: an integer of up to 64 bits"
        case .socktype: "the kind of a socket: an integer of up to 64 bits"
        case .protocol: "a protocol of IP: an integer of up to 64 bits"
        case .tcpstate: "a state of a TCP connection: an integer of up to 64 bits"
        case .ethertype: "what a frame of Ethernet carries: 2 bytes in network order"
        case .endpoint: "one end of a connection: an address of 4 or 16 bytes, or a structure with one"
        case .dev: "a device of the kernel: an integer of up to 64 bits"
        case .userdev: "a device of user space: an integer of up to 64 bits"
        case .cgroup: "the id of a control group: an integer of up to 64 bits"
        case .unit: "a control group: its id, an integer of up to 64 bits, or its path"
        case .container: "a control group: its id, an integer of up to 64 bits, or its path"
        case .cap: "a capability: an integer of up to 64 bits"
        case .caps: "a set of capabilities: 8 bytes, or an integer"
        case .clone: "flags of clone(2): an integer of up to 64 bits"
        case .stack: "the addresses of a stack: an array of 64-bit integers"
        case .stackid: "the number of a stack: an integer of 32 or 64 bits"
        case .kstack: "a stack of the kernel: an array of 64-bit integers, or the number of one"
        case .ustack: "a stack of a process: an array of 64-bit integers, or the number of one"
        case .buildid: "a stack by build ids: an array of struct bpf_stack_build_id"
        }
    }
}

extension ValueKind {
    fileprivate func isInteger(upTo limit: Int) -> Bool {
        switch self {
        case .unsigned(let bits), .signed(let bits): bits <= limit
        default: false
        }
    }

    fileprivate var isText: Bool {
        if case .text = self { true } else { false }
    }

    fileprivate var isCharacters: Bool {
        switch self {
        case .text, .bytes: true
        default: false
        }
    }

    /// Whether it is several values, or bytes that may be.
    fileprivate var isComposite: Bool {
        switch self {
        case .bytes, .array, .structure: true
        default: false
        }
    }
}
