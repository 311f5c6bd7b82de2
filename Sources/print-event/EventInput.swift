// SPDX-License-Identifier: Apache-2.0

internal import BPFCore
internal import CBPF
internal import Diagnostics
internal import SystemPackage

/// Where the stream comes from: a file or stdin.
struct EventInput: ~Copyable {
    /// The name as messages have it.
    let name: String
    /// Whether more may come after the end: in a file on a disk, and in a FIFO that another writer opens.
    let canGrow: Bool
    private let descriptor: OwnedDescriptor

    /// Why the stream cannot be read.
    struct Failure: DiagnosticError {
        let diagnostic: Diagnostic
    }

    /// Opens the file, or takes stdin for `-`.
    static func open(_ path: String) throws(Failure) -> EventInput {
        let isStandardInput = path == "-"
        let name = isStandardInput ? "stdin" : path
        let number =
            isStandardInput
            ? cbpf_duplicate(STDIN_FILENO)
            : unsafe path.withCString { unsafe cbpf_openat(AT_FDCWD, $0, O_RDONLY | O_CLOEXEC | O_NOCTTY, 0) }
        guard number >= 0 else { throw unreadable(name, .last) }
        let file = OwnedDescriptor(owning: number)
        var status = stat()
        guard unsafe fstat(number, &status) == 0 else { throw unreadable(name, .last) }
        guard status.st_mode & UInt32(S_IFMT) != UInt32(S_IFDIR) else { throw unreadable(name, .isDirectory) }
        return EventInput(
            name: name, canGrow: !isStandardInput || size(of: number) != nil, descriptor: file)
    }

    private init(name: String, canGrow: Bool, descriptor: consuming OwnedDescriptor) {
        self.name = name
        self.canGrow = canGrow
        self.descriptor = descriptor
    }

    /// For poll(2).
    var rawDescriptor: Int32 { descriptor.rawValue }

    /// Reads what is there; 0 bytes mean the end, nil that there is nothing yet.
    func read(into buffer: inout [UInt8]) throws(Failure) -> Int? {
        while true {
            let count = unsafe buffer.withUnsafeMutableBytes { room in
                unsafe CBPF.read(rawDescriptor, room.baseAddress, room.count)
            }
            if count >= 0 { return count }
            switch Errno.last {
            case .interrupted: continue
            // Somebody else set O_NONBLOCK, and another reader was faster.
            case .resourceTemporarilyUnavailable: return nil
            case let errno:
                throw Failure(
                    diagnostic: Diagnostic(
                        stage: .stream, "cannot read \(name)", cause: errno.described,
                        exitStatus: errno == .isDirectory ? .noInput : .io))
            }
        }
    }

    /// Goes to the start of a file that has become shorter than what was read of it: somebody wrote it anew.
    ///
    /// - Returns: Whether that was so.
    func restartIfCut() -> Bool {
        guard let size = Self.size(of: rawDescriptor), lseek(rawDescriptor, 0, SEEK_CUR) > size else { return false }
        return lseek(rawDescriptor, 0, SEEK_SET) == 0
    }

    /// The size of a file on a disk; nil for anything else.
    private static func size(of descriptor: Int32) -> off_t? {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0, status.st_mode & UInt32(S_IFMT) == UInt32(S_IFREG) else {
            return nil
        }
        return status.st_size
    }

    private static func unreadable(_ path: String, _ errno: Errno) -> Failure {
        Failure(
            diagnostic: Diagnostic(
                stage: .stream, "cannot read \(path)", cause: errno.described,
                nextStep: errno == .noSuchFileOrDirectory
                    ? "name a file that bpf-eventd wrote, or - for stdin" : nil, exitStatus: .noInput))
    }
}
