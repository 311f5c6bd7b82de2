// SPDX-License-Identifier: Apache-2.0

/// What a capture tells of the machine's own id: enough to tell machines apart, and nothing that others know it by.
///
/// machine-id(5) asks not to hand the id out. This is what `sd_id128_get_machine_app_specific` and `systemd-id128 --app-specific`
/// make of it: HMAC-SHA256 of ``application`` with the id as its key, of which the first 16 bytes are a random UUID.
package enum MachineIdentity {
    /// The id of this package as an application.
    package static let application: [UInt8] = [
        0x5b, 0x8f, 0x1f, 0x0c, 0x6d, 0x8e, 0x4a, 0x1f, 0x9d, 0x3e, 0x7a, 0x24, 0xc0, 0xb1, 0xe6, 0x57,
    ]

    /// Hashes the id of a machine.
    ///
    /// - Parameter file: What `/etc/machine-id` holds: 32 hexadecimal digits and a newline.
    /// - Returns: 32 hexadecimal digits; nil if the file holds no id, such as `uninitialized` or zeros.
    package static func hashed(_ file: [UInt8]) -> String? {
        let text = file.last == UInt8(ascii: "\n") ? file.dropLast() : file[...]
        guard text.count == 32 else { return nil }
        var id: [UInt8] = []
        for pair in stride(from: text.startIndex, to: text.endIndex, by: 2) {
            guard let high = digit(text[pair]), let low = digit(text[pair + 1]) else { return nil }
            id.append(high << 4 | low)
        }
        guard id.contains(where: { $0 != 0 }) else { return nil }
        var code = Array(SHA256.code(application, key: id).prefix(16))
        code[6] = code[6] & 0x0f | 0x40
        code[8] = code[8] & 0x3f | 0x80
        return code.map { byte in [byte >> 4, byte & 15].map { String($0, radix: 16) }.joined() }.joined()
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        default: nil
        }
    }
}
