// SPDX-License-Identifier: Apache-2.0

internal import BPFCore
internal import EventStream
internal import Glibc

/// What a killed writer leaves at the end of a file of frames: a write(2) that it did not finish.
///
/// Frames have no marks to find the next one by, so whatever is added behind a torn one could not be read.
enum TornTail {
    /// The bytes of a file that are looked at, so that the start of the daemon does not take long.
    static let limit: Int64 = 256 << 20

    /// Whether a file begins as a capture does.
    static func isCapture(_ file: borrowing OwnedDescriptor) -> Bool {
        var front = [UInt8](repeating: 0, count: 4)
        let count = unsafe pread(file.rawValue, &front, front.count, 0)
        return unsafe count == front.count && CaptureReader.isCapture(firstBytes: front.span.bytes)
    }

    /// The bytes of the torn frame at the end of a file.
    ///
    /// - Returns: 0 if there is none, if the file is larger than ``limit``, or if it does not begin with whole frames:
    ///   it then is something else, such as a capture, whose readers find the next block.
    static func bytes(in file: borrowing OwnedDescriptor) -> Int64 {
        var reader = FrameReader()
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        var position: Int64 = 0
        do throws(StreamError) {
            while position <= limit {
                let count = unsafe pread(file.rawValue, &chunk, chunk.count, off_t(position))
                guard count >= 0 else { return 0 }
                if count == 0 {
                    try reader.finish()
                    return 0
                }
                try unsafe reader.read(chunk.span.bytes.extracting(first: count)) { _, _ in }
                position += Int64(count)
            }
            return 0
        } catch .truncated(let offset, _, let found) where offset > 0 {
            return Int64(found)
        } catch {
            return 0
        }
    }
}
