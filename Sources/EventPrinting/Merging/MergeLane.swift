// SPDX-License-Identifier: Apache-2.0

internal import BPFCore
internal import CBPF
internal import Diagnostics
internal import EventStream
internal import ToolSupport

/// A file that is merged with others.
struct MergeLane {
    /// The name as messages have it.
    let name: String
    private let path: String
    /// The file; nil where it is closed meanwhile, or read to its end.
    private(set) var file: OpenedFile?
    /// Which file it is, if it is one on a disk.
    private let identity: FileIdentity?
    /// How far it is read.
    private var position = 0
    /// What was read of a pipe to know its host.
    private var head: [UInt8]
    /// The host that its first capture is of.
    let host: String?
    var reader = CaptureReader()
    /// The place of its capture among those that are merged.
    var capture: Int?
    /// The latest time that it has come to, in ns since 1970.
    private(set) var newest: UInt64 = 0
    /// Whether it is read to its end.
    var isOver = false

    /// Bytes of a file in which its header must begin; the header is its first block.
    private static let headSize = 1 << 16

    /// Opens a file, and looks what it is.
    init(_ path: String) throws {
        self.path = path
        name = path == "-" ? "stdin" : path
        let file = try Self.open(path, name)
        self.file = file
        identity = file.identity
        var start: [UInt8] = []
        var host: String?
        var reader = CaptureReader()
        var piece = [UInt8](repeating: 0, count: Self.headSize)
        do throws(Errno) {
            // What comes through a pipe comes in pieces of any size.
            while host == nil, start.count < Self.headSize, let count = try file.read(into: &piece), count > 0 {
                start += piece[..<count]
                if start.count >= 4, unsafe !CaptureReader.isCapture(firstBytes: start.span.bytes) { break }
                // What is damaged is told when it is read to be shown.
                try? unsafe reader.read(piece.span.extracting(0..<count).bytes) { item, _ in
                    if case .header(let header) = item { host = host ?? header.host }
                }
            }
        } catch {
            throw Self.unreadable(name, error)
        }
        let isCapture = unsafe CaptureReader.isCapture(firstBytes: start.span.bytes)
        guard isCapture || start.isEmpty else {
            throw InputFailure(
                diagnostic: Diagnostic(
                    .contextNotCarried, stage: .stream,
                    "\(name.terminalSafe) is no capture, and only captures are merged",
                    cause: "frames hold nothing but the events: no host and no time",
                    nextStep: "record with bpf-eventd --format capture"))
        }
        self.host = host
        head = identity == nil ? start : []
        if identity != nil, lseek(file.rawDescriptor, 0, SEEK_SET) != 0 { position = start.count }
    }

    /// Whether it is a file on a disk, all of which is there.
    var isOnDisk: Bool { identity != nil }
    /// Whether what comes next is read already.
    var hasHead: Bool { !head.isEmpty }

    /// Takes in a time that it has come to.
    @inline(__always)
    mutating func note(_ time: UInt64?) {
        if let time, time > newest { newest = time }
    }

    /// Closes it for a while; what is no file on a disk cannot be.
    mutating func closeForNow() -> Bool {
        guard isOnDisk, file != nil else { return false }
        file = nil
        return true
    }

    /// Lets go what is not needed any more.
    mutating func finish() {
        file = nil
        isOver = true
        head = []
        reader = CaptureReader()
    }

    /// Reads what comes next.
    ///
    /// - Returns: The bytes read, 0 at the end; nil if there is nothing yet.
    mutating func read(into buffer: inout [UInt8]) throws -> Int? {
        if !head.isEmpty {
            let count = min(head.count, buffer.count)
            buffer.replaceSubrange(..<count, with: head[..<count])
            head.removeFirst(count)
            return count
        }
        let file = try file ?? reopen()
        do throws(Errno) {
            let count = try file.read(into: &buffer)
            position += count ?? 0
            return count
        } catch {
            throw Self.unreadable(name, error)
        }
    }

    private mutating func reopen() throws -> OpenedFile {
        let file = try Self.open(path, name)
        guard file.identity == identity, lseek(file.rawDescriptor, position, SEEK_SET) == position else {
            throw InputFailure(
                diagnostic: Diagnostic(
                    .inputFailed, stage: .stream, "\(name.terminalSafe) became another file while it was read",
                    nextStep: "merge files that are not rotated meanwhile"))
        }
        self.file = file
        return file
    }

    private static func open(_ path: String, _ name: String) throws -> OpenedFile {
        do throws(Errno) {
            return try OpenedFile.open(path)
        } catch {
            throw unreadable(name, error)
        }
    }

    /// Why a file cannot be read; the limit of descriptors is told apart, since others may be closed.
    struct Failure: DiagnosticError {
        let diagnostic: Diagnostic
        let isAtLimit: Bool
    }

    private static func unreadable(_ name: String, _ errno: Errno) -> Failure {
        Failure(
            diagnostic: Diagnostic(
                .inputUnreadable, stage: .stream, "cannot read \(name.terminalSafe)", cause: errno.described,
                nextStep: errno == .noSuchFileOrDirectory ? "name files that bpf-eventd wrote" : nil),
            isAtLimit: errno == .tooManyOpenFiles)
    }
}
