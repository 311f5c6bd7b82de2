// SPDX-License-Identifier: Apache-2.0

/// A type as a layout needs it.
struct LayoutType {
    /// What may be done with it.
    enum Shape: Equatable {
        case void
        /// Bits that count: 1 of a `bool`.
        case integer(bits: Int, isSigned: Bool)
        case enumeration
        case float
        case pointer
        case array(isFlexible: Bool)
        case composite
        case function
        /// Declared and not defined, at this place.
        case incomplete
    }

    /// The id in the BTF.
    var id: Int
    /// Bytes of a value.
    var size = 0
    /// Bytes that its address is a multiple of.
    var alignment = 1
    var shape: Shape
    /// How deep its types lie: the BTF around a value is walked with a bound.
    var depth = 0
    /// As C writes it.
    var words: String
    /// Whether a flexible array is at its end.
    var endsFlexibly = false

    static let void = LayoutType(id: 0, shape: .void, words: "void")

    /// Whether a value of it has a size.
    var isComplete: Bool {
        switch shape {
        case .void, .function, .incomplete: false
        default: true
        }
    }

    /// The bits that a bit-field of it may have; nil if there is none of it.
    var bitFieldBits: Int? {
        switch shape {
        case .integer(let bits, _): bits
        case .enumeration: size * 8
        default: nil
        }
    }
}

/// The integers and floating-point numbers of C, by the names that clang gives them in BTF, with their sizes for BPF.
enum LayoutScalar: String, CaseIterable {
    case char
    case signedChar = "signed char"
    case unsignedChar = "unsigned char"
    case short
    case unsignedShort = "unsigned short"
    case int
    case unsignedInt = "unsigned int"
    case long
    case unsignedLong = "unsigned long"
    case longLong = "long long"
    case unsignedLongLong = "unsigned long long"
    case int128 = "__int128"
    case unsignedInt128 = "unsigned __int128"
    case bool = "_Bool"
    case float
    case double

    var size: Int {
        switch self {
        case .char, .signedChar, .unsignedChar, .bool: 1
        case .short, .unsignedShort: 2
        case .int, .unsignedInt, .float: 4
        case .long, .unsignedLong, .longLong, .unsignedLongLong, .double: 8
        case .int128, .unsignedInt128: 16
        }
    }

    var isSigned: Bool {
        switch self {
        // clang's `char` of BPF has a sign, on every machine.
        case .char, .signedChar, .short, .int, .long, .longLong, .int128: true
        default: false
        }
    }

    var shape: LayoutType.Shape {
        switch self {
        case .float, .double: .float
        case .bool: .integer(bits: 1, isSigned: false)
        default: .integer(bits: size * 8, isSigned: isSigned)
        }
    }

    /// What some words mean in any order; nil if they go not together.
    init?(words: [String]) {
        var counts: [String: Int] = [:]
        for word in words { counts[Self.plain[word] ?? word, default: 0] += 1 }
        let isUnsigned = counts.removeValue(forKey: "unsigned")
        let isSigned = counts.removeValue(forKey: "signed")
        guard (isUnsigned ?? 0) + (isSigned ?? 0) <= 1 else { return nil }
        let base: LayoutScalar
        switch counts {
        case ["char": 1]: base = isSigned == nil ? .char : .signedChar
        case ["short": 1], ["short": 1, "int": 1]: base = .short
        case ["int": 1], [:]: base = .int
        case ["long": 1], ["long": 1, "int": 1]: base = .long
        case ["long": 2], ["long": 2, "int": 1]: base = .longLong
        case ["__int128": 1]: base = .int128
        case ["_Bool": 1] where isSigned == nil && isUnsigned == nil: base = .bool
        case ["float": 1] where isSigned == nil && isUnsigned == nil: base = .float
        case ["double": 1] where isSigned == nil && isUnsigned == nil: base = .double
        default: return nil
        }
        guard isUnsigned != nil else {
            self = base
            return
        }
        guard let unsigned = LayoutScalar(rawValue: "unsigned " + base.rawValue) else { return nil }
        self = unsigned
    }

    private static let plain = ["__signed__": "signed", "__signed": "signed"]

    /// The words that scalars are written with.
    static let words: Set<String> = [
        "char", "short", "int", "long", "signed", "__signed", "__signed__", "unsigned", "__int128", "_Bool", "float",
        "double",
    ]

    /// Names that kernel headers, `stdint.h` and `vmlinux.h` give scalars, as BPF programs know them.
    static let typedefs: [String: LayoutScalar] = {
        var names: [String: LayoutScalar] = [
            "bool": .bool, "s128": .int128, "u128": .unsignedInt128, "__s128": .int128, "__u128": .unsignedInt128,
            "__int128_t": .int128, "__uint128_t": .unsignedInt128, "size_t": .unsignedLong, "ssize_t": .long,
            "uintptr_t": .unsignedLong, "intptr_t": .long, "pid_t": .int, "uid_t": .unsignedInt,
            "gid_t": .unsignedInt, "dev_t": .unsignedInt, "mode_t": .unsignedInt, "umode_t": .unsignedShort,
            "ino_t": .unsignedLong, "loff_t": .longLong, "off_t": .long, "time_t": .long, "time64_t": .longLong,
            "ktime_t": .longLong, "sector_t": .unsignedLongLong, "blkcnt_t": .unsignedLongLong, "gfp_t": .unsignedInt,
            "sa_family_t": .unsignedShort, "clockid_t": .int, "key_t": .int, "uchar": .unsignedChar,
            "u_char": .unsignedChar, "ushort": .unsignedShort, "u_short": .unsignedShort, "uint": .unsignedInt,
            "u_int": .unsignedInt, "ulong": .unsignedLong, "u_long": .unsignedLong, "__wsum": .unsignedInt,
            "__sum16": .unsignedShort, "__poll_t": .unsignedInt, "in_addr_t": .unsignedInt,
            "in_port_t": .unsignedShort, "__kernel_pid_t": .int, "__kernel_size_t": .unsignedLong,
        ]
        let widths: [(Int, LayoutScalar, LayoutScalar)] = [
            (8, .signedChar, .unsignedChar), (16, .short, .unsignedShort), (32, .int, .unsignedInt),
            (64, .longLong, .unsignedLongLong),
        ]
        for (bits, signed, unsigned) in widths {
            // The C library's 64 bits are a long, the kernel's a long long.
            let ofLibrary = bits == 64 ? (LayoutScalar.long, LayoutScalar.unsignedLong) : (signed, unsigned)
            names["s\(bits)"] = signed
            names["__s\(bits)"] = signed
            names["u\(bits)"] = unsigned
            names["__u\(bits)"] = unsigned
            names["int\(bits)_t"] = ofLibrary.0
            names["uint\(bits)_t"] = ofLibrary.1
            names["u_int\(bits)_t"] = ofLibrary.1
            if bits > 8 {
                names["__be\(bits)"] = unsigned
                names["__le\(bits)"] = unsigned
            }
        }
        return names
    }()
}
