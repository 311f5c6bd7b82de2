// SPDX-License-Identifier: Apache-2.0

public import BPFObject
public import Diagnostics

/// A refusal of the kernel, with what was tried, on what, and what it means there.
///
/// Switch on ``code``, which names the cause, or on ``operation`` and ``errno``; ``diagnostic`` is for people.
public struct BPFError: DiagnosticError {
    /// What was tried.
    public enum Operation: String, Sendable, CaseIterable {
        /// Reading an object file, and planning its load: no call of bpf(2) has failed.
        case readObject
        /// `BPF_MAP_CREATE`
        case createMap
        /// `BPF_OBJ_GET` and what goes before it: is this a pin, may we trust its folder.
        case openPin
        /// `BPF_OBJ_PIN`, with the folders it needs.
        case pin
        /// unlink(2) of a pin.
        case unpin
        /// The map behind a pin is not the map that the object describes.
        case reuseMap
        /// `BPF_MAP_LOOKUP_ELEM`, `BPF_MAP_UPDATE_ELEM`, `BPF_MAP_DELETE_ELEM`
        case mapElement
        /// `BPF_OBJ_GET_INFO_BY_FD`
        case info
        /// `BPF_BTF_LOAD`, and finding the kernel's own types.
        case loadTypes
        /// `BPF_PROG_LOAD`
        case loadProgram
        /// `BPF_PROG_TEST_RUN`
        case testRun
        /// Finding the function a probe goes to.
        case resolveProbe
        /// perf_event_open(2), `BPF_LINK_CREATE`, tracefs: attaching a probe.
        case attachProbe
        /// `BPF_LINK_UPDATE`: another program in the place of one that is attached.
        case updateLink
        /// `BPF_ITER_CREATE` and read(2) of what the program of an iterator writes.
        case readLink
        /// Taking a probe away again.
        case detachProbe
        /// perf_event_open(2) and mmap(2) of a ring.
        case openRing
        /// mmap(2) of a BPF ring buffer.
        case mapRing
        /// Reading what a ring holds.
        case drainRing
        /// `BPF_ENABLE_STATS`
        case enableStatistics
        /// Giving up privilege.
        case dropPrivilege
        /// Reading a file of /proc or /sys.
        case readKernelFile
    }

    /// What was tried.
    public var operation: Operation
    /// What the kernel answered; nil where it was not asked.
    public var errno: Errno?
    /// The error as the user sees it.
    public var diagnostic: Diagnostic
    /// What went wrong, as a word that stays the same in all versions.
    public var code: Diagnostic.Code { diagnostic.code }
    /// What the verifier wrote, whole, if it was it that refused a program.
    public internal(set) var verifierLog: VerifierLog?
    /// The capabilities that the call asks for, where that depends on more than the operation.
    var capabilities: [Capability]?

    /// The error of a call that asks for these capabilities.
    func needing(_ capabilities: [Capability]?) -> BPFError {
        var error = self
        error.capabilities = capabilities
        return error
    }

    /// Takes over what another part of the library says.
    init(_ operation: Operation, _ diagnostic: Diagnostic) {
        self.operation = operation
        self.diagnostic = diagnostic
    }

    /// Creates an error.
    ///
    /// - Parameters:
    ///   - operation: What was tried.
    ///   - code: What went wrong, unless `errno` tells it, whatever was tried: a privilege, a limit, a full disk.
    ///   - errno: What the kernel answered; its name goes into the cause if `cause` is not given.
    ///   - message: One line, with the subject in it.
    ///   - cause: What that errno means for this operation.
    ///   - details: Further lines.
    ///   - nextStep: What the user can do.
    public init(
        _ operation: Operation, _ code: Diagnostic.Code, errno: Errno? = nil, _ message: String, cause: String? = nil,
        details: [String] = [], nextStep: Diagnostic.Hint? = nil
    ) {
        self.init(
            operation, always: Diagnostic.Code(errno) ?? code, errno: errno, message, cause: cause, details: details,
            nextStep: nextStep)
    }

    /// Creates an error of a code that holds whatever `errno` says; the rest is as for
    /// ``init(_:_:errno:_:cause:details:nextStep:)``.
    public init(
        _ operation: Operation, always code: Diagnostic.Code, errno: Errno? = nil, _ message: String,
        cause: String? = nil, details: [String] = [], nextStep: Diagnostic.Hint? = nil
    ) {
        self.operation = operation
        self.errno = errno
        // A cause that begins with the name says it once.
        let named = errno.map { errno in
            cause.map { $0.hasPrefix(errno.name) ? $0 : "\(errno.name): \($0)" } ?? errno.described
        }
        self.diagnostic = Diagnostic(
            code, stage: operation.stage, message, cause: named ?? cause, details: details,
            nextStep: nextStep ?? (errno == .tooManyOpenFiles ? DescriptorLimit.nextStep : nil))
    }
}

extension BPFError.Operation {
    var stage: Diagnostic.Stage {
        switch self {
        case .readObject: .object
        case .createMap, .openPin, .pin, .unpin, .reuseMap, .mapElement, .info: .map
        case .loadTypes, .loadProgram, .testRun: .program
        case .resolveProbe: .resolve
        case .attachProbe, .updateLink: .attach
        case .openRing, .mapRing, .drainRing, .dropPrivilege: .ring
        case .enableStatistics, .readKernelFile, .readLink: .run
        case .detachProbe: .cleanup
        }
    }
}

extension Diagnostic.Code {
    /// The cause that an errno names whatever was tried; nil where it depends on that.
    init?(_ errno: Errno?) {
        switch errno {
        case Errno.notPermitted?, Errno.permissionDenied?: self = .notPermitted
        case Errno.ioError?: self = .ioError
        case Errno.noSpace?: self = .noSpace
        case Errno.readOnlyFileSystem?: self = .fileSystemReadOnly
        case Errno.tooManyOpenFiles?: self = .openFilesLimit
        case Errno.tooManyOpenFilesInSystem?: self = .openFilesOfMachine
        default: return nil
        }
    }
}
