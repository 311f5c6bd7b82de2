// SPDX-License-Identifier: Apache-2.0

/// A `struct event` of bootstrap.h, as bootstrap.bpf.c writes it.
struct Event {
    let pid: Int32
    let parent: Int32
    /// The program that was started, or how the process ended.
    let what: What

    enum What {
        case exec(path: String)
        case exit(code: UInt32, nanoseconds: UInt64)
    }

    /// The name of the thread, at most 15 bytes.
    let command: String

    static let size = 168

    /// Reads an event; nil if the bytes are too few to be one.
    init?(_ bytes: RawSpan) {
        guard bytes.byteCount >= Self.size else { return nil }
        pid = bytes.unsafeLoadUnaligned(fromByteOffset: 0, as: Int32.self)
        parent = bytes.unsafeLoadUnaligned(fromByteOffset: 4, as: Int32.self)
        command = Self.text(bytes, at: 24..<40)
        if bytes.unsafeLoadUnaligned(fromByteOffset: 167, as: UInt8.self) != 0 {
            what = .exit(
                code: bytes.unsafeLoadUnaligned(fromByteOffset: 8, as: UInt32.self),
                nanoseconds: bytes.unsafeLoadUnaligned(fromByteOffset: 16, as: UInt64.self))
        } else {
            what = .exec(path: Self.text(bytes, at: 40..<167))
        }
    }

    /// The text of a char array: up to its first zero, and of control characters nothing that a terminal would obey.
    private static func text(_ bytes: RawSpan, at range: Range<Int>) -> String {
        var characters: [UInt8] = []
        for offset in range {
            let byte = bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt8.self)
            if byte == 0 { break }
            characters.append(byte < 0x20 || byte == 0x7f ? UInt8(ascii: "?") : byte)
        }
        return String(decoding: characters, as: UTF8.self)
    }
}
