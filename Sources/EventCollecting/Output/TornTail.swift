// SPDX-License-Identifier: Apache-2.0

internal import BPFCore
internal import CBPF
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

    /// What is at the end of a file behind its whole frames.
    struct Found: Equatable {
        var bytes: Int64 = 0
        /// Whether it may be more than one torn frame: its first one claims to be larger than all before it, as it does
        /// where a size is damaged and whole frames follow.
        var isDoubtful = false
    }

    /// The bytes of the torn frame at the end of a file.
    ///
    /// Only the sizes in front of frames are looked at, so that a large frame takes no memory.
    ///
    /// - Returns: No bytes if there is none, if the file is larger than ``limit``, or if it does not begin with whole frames:
    ///   it then is something else, such as a capture, whose readers find the next block.
    static func find(in file: borrowing OwnedDescriptor) -> Found {
        var status = stat()
        guard unsafe fstat(file.rawValue, &status) == 0 else { return Found() }
        let end = Int64(status.st_size)
        let front = Int64(StreamWriter.frameHeaderSize)
        var chunk = FileChunk()
        var position: Int64 = 0
        var largest = 0
        while position <= limit, position < end {
            guard end - position >= front else { return torn(position, end) }
            guard let size = chunk.size(at: position, of: file), size <= StreamWriter.maximumFrameSize else {
                return Found()
            }
            guard Int64(size) <= end - position - front else {
                return torn(position, end, isDoubtful: size > largest)
            }
            largest = max(largest, size)
            position += front + Int64(size)
        }
        return Found()
    }

    /// A file that begins with a torn frame is none of frames.
    private static func torn(_ position: Int64, _ end: Int64, isDoubtful: Bool = false) -> Found {
        position > 0 ? Found(bytes: end - position, isDoubtful: isDoubtful) : Found()
    }
}

/// A piece of a file, in which the sizes of small frames are found without a system call for each.
private struct FileChunk {
    private var bytes = [UInt8](repeating: 0, count: 1 << 16)
    private var start: Int64 = 0
    private var count = 0

    /// The size field at a position; nil if it cannot be read.
    mutating func size(at position: Int64, of file: borrowing OwnedDescriptor) -> Int? {
        if position < start || position - start > Int64(count - StreamWriter.frameHeaderSize) {
            count = unsafe pread(file.rawValue, &bytes, bytes.count, off_t(position))
            start = position
            guard count >= StreamWriter.frameHeaderSize else { return nil }
        }
        return Int(unsafe bytes.span.bytes.unsafeLoadUnaligned(fromByteOffset: Int(position - start), as: UInt32.self))
    }
}
