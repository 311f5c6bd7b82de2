// SPDX-License-Identifier: Apache-2.0

extension LineBuffer {
    /// Appends a file's mode as ls(1) writes it; in octal if it does not say what the file is.
    mutating func appendMode(_ mode: UInt128) {
        guard mode <= 0o177777, let kind = Self.kind(of: mode) else {
            if mode != 0 { append("0") }
            return append(mode, bitsPerDigit: 3)
        }
        append(byte: kind)
        appendPermissions(mode >> 6, special: mode & 0o4000 != 0, "s", "S")
        appendPermissions(mode >> 3, special: mode & 0o2000 != 0, "s", "S")
        appendPermissions(mode, special: mode & 0o1000 != 0, "t", "T")
    }

    /// The letter of what a mode says that the file is (`S_IFMT` of `linux/stat.h`).
    private static func kind(of mode: UInt128) -> UInt8? {
        switch mode >> 12 {
        case 0o1: UInt8(ascii: "p")
        case 0o2: UInt8(ascii: "c")
        case 0o4: UInt8(ascii: "d")
        case 0o6: UInt8(ascii: "b")
        case 0o10: UInt8(ascii: "-")
        case 0o12: UInt8(ascii: "l")
        case 0o14: UInt8(ascii: "s")
        default: nil
        }
    }

    /// Appends three bits of a mode; the special one takes the place of that for execution.
    private mutating func appendPermissions(
        _ bits: UInt128, special: Bool, _ with: StaticString, _ without: StaticString
    ) {
        append(bits & 4 != 0 ? "r" : "-")
        append(bits & 2 != 0 ? "w" : "-")
        switch (special, bits & 1 != 0) {
        case (false, false): append("-")
        case (false, true): append("x")
        case (true, false): append(without)
        case (true, true): append(with)
        }
    }

    /// Appends the two numbers of a device.
    mutating func appendDevice(major: UInt128, minor: UInt128) {
        append(major)
        append(byte: UInt8(ascii: ":"))
        append(minor)
    }
}
