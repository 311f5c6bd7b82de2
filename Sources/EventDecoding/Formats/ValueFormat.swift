// SPDX-License-Identifier: Apache-2.0

internal import Diagnostics

/// A way to write a value that is not its type's own: `hex` in `{flags:hex}` or in `btf_decl_tag("fmt:hex")`.
package enum ValueFormat: String, Sendable, CaseIterable {
    /// A number in decimal, also where it has a name or a format of its own.
    case dec
    /// A number in hexadecimal with `0x`; of anything else the bytes, two digits each.
    case hex
    /// A number in octal with a leading `0`, as modes of files are written.
    case oct
    /// A number in binary with `0b`.
    case bin
    /// Four bytes in network order, as they lie in memory, as an IPv4 address: `127.0.0.1`.
    case ip4
    /// Sixteen bytes as an IPv6 address in the form of RFC 5952: `2001:db8::1`, `::ffff:10.0.0.1`.
    case ip6
    /// Six bytes as a hardware address: `52:54:00:12:34:56`.
    case mac
    /// Two bytes in network order, as they lie in memory, as a port. A port in the machine's order is `dec`.
    case port
    /// Characters up to the first NUL as text without quotes, as the kernel's `comm` of a task.
    case comm
    /// A time in ns as UTC in the form of RFC 3339: `2026-11-21T14:39:22.123456789Z`.
    ///
    /// Below 2^58 (nine years) it is the kernel's time, as of ``ktime``; from there on it counts from 1970.
    case iso
    /// The kernel's time in ns (`bpf_ktime_get_ns`, `CLOCK_MONOTONIC`), written as ``iso`` by the capture's offset to UTC.
    ///
    /// Where no offset is known it is `boot+81234.567890123`, the seconds since the machine started.
    case ktime
    /// A duration in ns with the unit that suits it, cut after three places: `870ns`, `1.234ms`, `75.001s`.
    case ns
    /// An address of the kernel as `symbol+0x10`, by kallsyms; `0x…` where no symbol is known.
    case ksym
    /// An error by its name: `ENOENT` for 2, `-ENOENT` for -2; a number that is none stays one.
    case errno
    /// What a function of the kernel returned: `-ENOENT` for -2; what is not negative stays a number.
    case ret
    /// A system call by its name on the machine of the capture: `openat`; a number that is none stays one.
    case syscall
    /// The bytes as they lie in memory, in hexadecimal, two digits each: `deadbeef`.
    case bytes
    /// The names of a number's bits as `A|B`, for an enumeration whose values are flags.
    case flags
}

extension ValueFormat {
    /// The format of a name, as `--format`, `--fields` and decl tags write it.
    package init(parsing name: String) throws(FormatError) {
        guard let format = ValueFormat(rawValue: name) else { throw FormatError.unknown(name) }
        self = format
    }

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
        case .port: bits == 16 || bits == nil && bytes == 2
        case .comm:
            switch kind {
            case .text, .bytes: true
            default: false
            }
        case .iso, .ktime, .ns:
            switch kind {
            case .unsigned(let bits), .signed(let bits): bits <= 64
            default: false
            }
        case .ksym:
            switch kind {
            case .pointer: true
            case .unsigned(let bits), .signed(let bits): bits == 64
            default: false
            }
        case .errno, .ret, .syscall:
            switch kind {
            case .unsigned(let bits), .signed(let bits): bits <= 64
            case .enumeration: true
            default: false
            }
        case .flags:
            switch kind {
            case .unsigned, .signed, .enumeration: true
            default: false
            }
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

    /// Whether the format needs the capture's offset to UTC.
    package var needsBootOffset: Bool { self == .iso || self == .ktime }

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
        }
    }
}
