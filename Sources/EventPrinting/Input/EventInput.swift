// SPDX-License-Identifier: Apache-2.0

internal import BPFCore
internal import CBPF
internal import Diagnostics
internal import ToolSupport

/// Where the stream comes from: a file or stdin, and with ``follow()`` the files that come after it under its name.
struct EventInput: ~Copyable {
    /// The name as messages have it.
    let name: String
    /// Whether more may come after the end: in a file on a disk, and in a FIFO that another writer opens.
    let canGrow: Bool
    private let path: String?
    private var file: OpenedFile
    /// The file to continue with when this one has been read to its end again.
    private var next: RotatedFiles.Successor = .none
    private var watch: InputWatch?
    /// Whether something was found without having been told of.
    private var isWatchDeaf = false
    private var waitedInVain = false

    /// Why the stream cannot be read.
    struct Failure: DiagnosticError {
        let diagnostic: Diagnostic
    }

    /// What there is to do at the end of a file that is followed.
    enum Continuation {
        /// Wait for ``waitDescriptor`` or ``waitMilliseconds``, then call ``endWait()``.
        case wait
        /// Read on.
        case read
        /// Somebody wrote the file anew: what is read next is the start of another stream.
        case writtenAnew
        /// What is read next is the start of the file that has the name now. If files between the two may have been
        /// removed unread, there is a gap.
        case nextFile(hasGap: Bool)
    }

    /// How often a file is looked at of which nothing tells that it has grown, in milliseconds.
    private static let shortInterval: Int32 = 100
    /// How often a watched file is looked at nevertheless.
    private static let longInterval: Int32 = 1000

    /// Opens the file, or takes stdin for `-`.
    static func open(_ path: String) throws(Failure) -> EventInput {
        let isStandardInput = path == "-"
        let name = isStandardInput ? "stdin" : path
        do throws(Errno) {
            let file = try OpenedFile.open(path)
            return EventInput(
                name: name, canGrow: !isStandardInput || file.identity != nil, path: isStandardInput ? nil : path,
                file: file)
        } catch {
            throw unreadable(name, error)
        }
    }

    private init(name: String, canGrow: Bool, path: String?, file: OpenedFile) {
        self.name = name
        self.canGrow = canGrow
        self.path = path
        self.file = file
    }

    /// Whether it is a file on a disk, all of which is there.
    var isOnDisk: Bool { file.identity != nil }

    /// The bytes of a file on a disk; nil for all else.
    var size: UInt64? { isOnDisk ? FileFacts(descriptor: file.rawDescriptor).map { UInt64(clamping: $0.size) } : nil }

    /// Which file on a disk it is; nil for all else.
    var identity: FileIdentity? { file.identity }

    /// Whether somebody would have to type it.
    var isTerminal: Bool { isatty(file.rawDescriptor) == 1 }

    /// For poll(2): the file that is read now.
    var rawDescriptor: Int32 { file.rawDescriptor }

    /// Reads what is there; 0 bytes mean the end, nil that there is nothing yet.
    mutating func read(into buffer: inout [UInt8]) throws(Failure) -> Int? {
        do throws(Errno) {
            let count = try file.read(into: &buffer)
            if count != 0 { noteFind() }
            return count
        } catch {
            throw Failure(
                diagnostic: Diagnostic(
                    error == .isDirectory ? .inputUnreadable : .inputFailed, stage: .stream, "cannot read \(name)",
                    cause: error.described))
        }
    }

    // MARK: Following

    /// Tells how to continue at the end of the input, where ``canGrow``.
    ///
    /// A file that has got another name is read to its end once more after its successor was found, since its writer
    /// writes the last of it before the first of the next.
    mutating func follow() -> Continuation {
        guard let path, file.identity != nil else { return file.restartIfWrittenAnew() ? .writtenAnew : .wait }
        switch next {
        case .file(let successor): return begin(successor, hasGap: false)
        case .fileAfterGap(let successor): return begin(successor, hasGap: true)
        case .none: break
        }
        if watch == nil && !isWatchDeaf {
            watch = InputWatch(file, path)
            isWatchDeaf = watch == nil
            // What was written until then, nothing tells of.
            return file.restartIfWrittenAnew() ? .writtenAnew : .read
        }
        if file.restartIfWrittenAnew() { return .writtenAnew }
        next = RotatedFiles(path: path).successor(of: file)
        if case .none = next, watch?.expect(path) == true { next = RotatedFiles(path: path).successor(of: file) }
        if case .none = next { return .wait }
        noteFind()
        return .read
    }

    private mutating func begin(_ successor: OpenedFile, hasGap: Bool) -> Continuation {
        file = successor
        next = .none
        if watch?.follow(successor) != true { hearNothing() }
        return .nextFile(hasGap: hasGap)
    }

    /// For poll(2): readable when ``follow()`` may have something to tell.
    var waitDescriptor: Int32? { watch?.rawDescriptor }

    /// How long to wait at most.
    var waitMilliseconds: Int32 { watch == nil ? Self.shortInterval : Self.longInterval }

    /// To be called after a wait, before anything is read.
    ///
    /// - Returns: ``Continuation/read`` or ``Continuation/writtenAnew``.
    mutating func endWait() -> Continuation {
        waitedInVain = watch?.take() == false
        return file.restartIfWrittenAnew() ? .writtenAnew : .read
    }

    /// Something has come: if nothing told of it, as on a network file system, it is better to look often.
    private mutating func noteFind() {
        if waitedInVain && watch?.take() == false { hearNothing() }
        waitedInVain = false
    }

    private mutating func hearNothing() {
        watch = nil
        isWatchDeaf = true
    }

    private static func unreadable(_ path: String, _ errno: Errno) -> Failure {
        Failure(
            diagnostic: Diagnostic(
                .inputUnreadable, stage: .stream, "cannot read \(path)", cause: errno.described,
                nextStep: errno == .noSuchFileOrDirectory
                    ? "name a file that bpf-eventd wrote, or - for stdin" : nil))
    }
}
