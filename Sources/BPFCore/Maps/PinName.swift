// SPDX-License-Identifier: Apache-2.0

/// Names as a bpf file system and the probes of tracefs take them.
enum PinName {
    /// A function's name, in which what is neither a letter nor a digit is `_`.
    static func of(_ name: String) -> String {
        let bytes = name.utf8.map { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
                byte
            default: UInt8(ascii: "_")
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
