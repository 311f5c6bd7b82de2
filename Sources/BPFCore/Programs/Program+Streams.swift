// SPDX-License-Identifier: Apache-2.0

internal import CBPF
internal import Diagnostics

extension Program {
    /// A text that the kernel keeps for each program until it is read (`enum bpf_stream_id`, 6.17).
    public enum Stream: UInt32, Sendable, CaseIterable {
        /// `BPF_STDOUT`: what the program prints with `bpf_stream_printk`.
        case output = 1
        /// `BPF_STDERR`: what the program prints there, and what the kernel reports of it: a fault in an arena, a loop
        /// that was ended, a lock that would have been taken for ever.
        case errors = 2
    }

    /// Takes what is in a stream, without waiting (`BPF_PROG_STREAM_READ_BY_FD`, 6.17).
    ///
    /// What is taken is gone for other readers. The kernel keeps up to 100,000 bytes and lets the program know of what it
    /// does not take.
    ///
    /// - Parameters:
    ///   - stream: The stream.
    ///   - buffer: Where the bytes go; it must not be empty.
    /// - Returns: How many bytes were taken, 0 if there are none; nil if this kernel has no streams.
    /// - Throws: ``BPFError`` of operation ``BPFError/Operation/info``.
    public func read(_ stream: Stream, into buffer: inout [UInt8]) throws(BPFError) -> Int? {
        var attr = cbpf_stream_read_attr()
        attr.stream_id = stream.rawValue
        attr.prog_fd = UInt32(bitPattern: descriptor.rawValue)
        let answer: Result<Int32, Errno> = unsafe buffer.withUnsafeMutableBufferPointer { buffer in
            attr.stream_buf = UInt64(UInt(bitPattern: buffer.baseAddress))
            attr.stream_buf_len = UInt32(clamping: buffer.count)
            return Result { () throws(Errno) in try BPFCommand.call(CBPF_PROG_STREAM_READ_BY_FD, &attr) }
        }
        switch answer {
        case .success(let count): return min(Int(count), buffer.count)
        // The command is not known.
        case .failure(.invalidArgument): return nil
        case .failure(let errno):
            throw BPFError(.info, .infoRefused, errno: errno, "cannot read what a program has printed")
        }
    }
}
