// SPDX-License-Identifier: Apache-2.0

internal import CZlib

/// Unpacks gzip, bounded.
enum Gunzip {
    /// The content of a gzip file; nil if it is none, is cut, or has more than `limit` bytes.
    static func bytes(_ packed: [UInt8], limit: Int) -> [UInt8]? {
        var stream = unsafe z_stream()
        guard unsafe czlib_inflate_gzip(&stream) == Z_OK else { return nil }
        defer { unsafe inflateEnd(&stream) }
        var input = packed
        var content: [UInt8] = []
        var room = [UInt8](repeating: 0, count: 1 << 18)
        return unsafe input.withUnsafeMutableBufferPointer { input in
            unsafe stream.next_in = input.baseAddress
            unsafe stream.avail_in = UInt32(truncatingIfNeeded: input.count)
            while true {
                let (status, count) = unsafe room.withUnsafeMutableBufferPointer { room in
                    unsafe stream.next_out = room.baseAddress
                    unsafe stream.avail_out = UInt32(room.count)
                    let status = unsafe inflate(&stream, Z_NO_FLUSH)
                    return (status, unsafe room.count - Int(stream.avail_out))
                }
                content += room[..<count]
                guard content.count <= limit else { return nil }
                if status == Z_STREAM_END { return content }
                // No progress any more: the input ends before the stream does.
                guard status == Z_OK, unsafe count > 0 || stream.avail_in > 0 else { return nil }
            }
        }
    }
}
