// SPDX-License-Identifier: Apache-2.0

internal import CBPF
internal import Diagnostics

extension Link {
    /// Starts to read what the program of an iterator writes (`BPF_ITER_CREATE`, Linux 5.8); each reader begins anew.
    ///
    /// - Throws: A ``BPFError`` of ``BPFError/Operation/readLink``, for other links than those of iterators too.
    public func reader() throws(BPFError) -> LinkReader {
        let message = "cannot read what \(subject) shows"
        let link = try descriptor(.readLink, message)
        do throws(Errno) {
            return LinkReader(try Links.createIterator(link: link), subject: subject)
        } catch {
            throw BPFError(
                .readLink, .linkReadFailed, errno: error, message,
                cause: error == .invalidArgument ? "only links of iterators are read" : nil)
        }
    }

    /// Runs the program of an iterator over everything that there is, and hands over what it writes, piece by piece.
    ///
    /// - Parameter sink: Takes the next bytes, and returns whether it wants more.
    /// - Throws: A ``BPFError`` of ``BPFError/Operation/readLink``.
    public func read(into sink: (RawSpan) -> Bool) throws(BPFError) {
        var reader = try reader()
        var buffer = [UInt8](repeating: 0, count: LinkReader.usualSize)
        while true {
            let count = try reader.read(into: &buffer)
            guard count > 0 else { return }
            guard unsafe sink(buffer.span.bytes.extracting(first: count)) else { return }
        }
    }

    /// Runs the program of an iterator over everything that there is.
    ///
    /// - Returns: All that it writes.
    /// - Throws: A ``BPFError`` of ``BPFError/Operation/readLink``.
    public func readAll() throws(BPFError) -> [UInt8] {
        var reader = try reader()
        var all: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: LinkReader.usualSize)
        while true {
            let count = try reader.read(into: &buffer)
            guard count > 0 else { return all }
            all += buffer[..<count]
        }
    }
}

/// One run of an iterator's program over everything that there is, as far as it was read.
public struct LinkReader: ~Copyable, Sendable {
    private let descriptor: OwnedDescriptor
    private let subject: String

    /// A size of buffers that does well: the kernel has 8 pages ready at a time.
    public static let usualSize = 1 << 16

    init(_ descriptor: consuming OwnedDescriptor, subject: String) {
        self.descriptor = descriptor
        self.subject = subject
    }

    /// Runs the program until it has written something, or there is nothing left to run it over.
    ///
    /// - Parameter buffer: Its beginning is overwritten; it has at least one byte.
    /// - Returns: How many bytes were written into it; 0 is the end.
    /// - Throws: A ``BPFError`` of ``BPFError/Operation/readLink``.
    public mutating func read(into buffer: inout [UInt8]) throws(BPFError) -> Int {
        while true {
            if let count = try readOnce(into: &buffer) { return count }
        }
    }

    /// The same for who has to look at something else now and then.
    ///
    /// - Returns: How many bytes were written; 0 is the end, and nil that nothing came yet.
    package mutating func readOnce(into buffer: inout [UInt8]) throws(BPFError) -> Int? {
        let count = unsafe buffer.withUnsafeMutableBytes { buffer in
            unsafe CBPF.read(descriptor.rawValue, buffer.baseAddress, buffer.count)
        }
        if count >= 0 { return count }
        switch Errno.last {
        // EAGAIN: the kernel looked at a million objects, and the program wrote nothing of any.
        case .interrupted, .resourceTemporarilyUnavailable: return nil
        case let errno:
            throw BPFError(
                .readLink, .linkReadFailed, errno: errno, "cannot read what \(subject) shows",
                cause: errno == .argListTooLong
                    ? "the program wrote more about one object than the kernel's buffer of 8 pages holds" : nil)
        }
    }
}
