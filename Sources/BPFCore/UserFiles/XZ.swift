// SPDX-License-Identifier: Apache-2.0

internal import CBPF

/// Unpacks xz, bounded, where the machine has liblzma.
///
/// The tools do not depend on the library: what is stripped as Fedora strips it needs it, and nothing else.
enum XZ {
    /// Whether the machine has the library.
    static var isThere: Bool {
        var count = 0
        return unsafe cbpf_xz_unpack(nil, 0, nil, 0, &count) != -1
    }

    /// The content of an xz file; nil if it is none, has more than `limit` bytes, or there is no library.
    static func unpacked(_ packed: [UInt8], limit: Int) -> [UInt8]? {
        var room = min(limit, max(1 << 20, packed.count * 8))
        while true {
            var content = [UInt8](repeating: 0, count: room)
            var count = 0
            let status = unsafe packed.withUnsafeBufferPointer { packed in
                unsafe content.withUnsafeMutableBufferPointer { content in
                    unsafe cbpf_xz_unpack(packed.baseAddress, packed.count, content.baseAddress, content.count, &count)
                }
            }
            switch status {
            case 0: return Array(content.prefix(count))
            // LZMA_BUF_ERROR: it has more than there is room for.
            case 10 where room < limit: room = min(limit, room * 4)
            default: return nil
            }
        }
    }
}
