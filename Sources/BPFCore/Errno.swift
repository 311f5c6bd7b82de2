// SPDX-License-Identifier: Apache-2.0

internal import CBPF
internal import Glibc

/// A number by which the C library and the kernel name an error, as in errno(3).
///
/// The common ones have names here; what the C library calls another one is its ``name``.
public struct Errno: RawRepresentable, Error, Hashable, Sendable {
    /// The number that C has.
    public let rawValue: CInt

    /// Creates an error from the number that C has.
    public init(rawValue: CInt) { self.rawValue = rawValue }
}

extension Errno: CustomStringConvertible {
    /// The text of strerror(3): `No such file or directory`.
    public var description: String {
        guard let text = unsafe strerror(rawValue) else { return "error \(rawValue)" }
        return unsafe String(cString: text)
    }

    /// The symbolic name, as in errno(3): `ENOENT`.
    public var name: String {
        if self == .notSupportedByKernel { return "ENOTSUPP" }
        guard let name = unsafe cbpf_errno_name(rawValue) else { return "errno \(rawValue)" }
        return unsafe String(cString: name)
    }

    /// Name and text: `ENOENT (No such file or directory)`.
    package var described: String { "\(name) (\(description))" }
}

extension Errno {
    /// What the last C call of this thread left in `errno`.
    package static var last: Errno { Errno(rawValue: unsafe __errno_location().pointee) }

    /// `ENOTSUPP`, a number that the kernel keeps for itself and lets out of some calls of bpf(2).
    package static var notSupportedByKernel: Errno { Errno(rawValue: 524) }
}

extension Errno {
    /// `EPERM`: operation not permitted.
    public static var notPermitted: Errno { Errno(rawValue: EPERM) }

    /// `ENOENT`: no such file or directory.
    public static var noSuchFileOrDirectory: Errno { Errno(rawValue: ENOENT) }

    /// `ESRCH`: no such process.
    public static var noSuchProcess: Errno { Errno(rawValue: ESRCH) }

    /// `EINTR`: interrupted system call.
    public static var interrupted: Errno { Errno(rawValue: EINTR) }

    /// `EIO`: input/output error.
    public static var ioError: Errno { Errno(rawValue: EIO) }

    /// `ENXIO`: no such device or address.
    public static var noSuchAddressOrDevice: Errno { Errno(rawValue: ENXIO) }

    /// `E2BIG`: argument list too long.
    public static var argListTooLong: Errno { Errno(rawValue: E2BIG) }

    /// `EBADF`: bad file descriptor.
    public static var badFileDescriptor: Errno { Errno(rawValue: EBADF) }

    /// `ENOMEM`: cannot allocate memory.
    public static var noMemory: Errno { Errno(rawValue: ENOMEM) }

    /// `EACCES`: permission denied.
    public static var permissionDenied: Errno { Errno(rawValue: EACCES) }

    /// `EFAULT`: bad address.
    public static var badAddress: Errno { Errno(rawValue: EFAULT) }

    /// `EBUSY`: device or resource busy.
    public static var resourceBusy: Errno { Errno(rawValue: EBUSY) }

    /// `EEXIST`: file exists.
    public static var fileExists: Errno { Errno(rawValue: EEXIST) }

    /// `ENODEV`: no such device.
    public static var operationNotSupportedByDevice: Errno { Errno(rawValue: ENODEV) }

    /// `ENOTDIR`: not a directory.
    public static var notDirectory: Errno { Errno(rawValue: ENOTDIR) }

    /// `EISDIR`: is a directory.
    public static var isDirectory: Errno { Errno(rawValue: EISDIR) }

    /// `EINVAL`: invalid argument.
    public static var invalidArgument: Errno { Errno(rawValue: EINVAL) }

    /// `ENFILE`: too many open files in system.
    public static var tooManyOpenFilesInSystem: Errno { Errno(rawValue: ENFILE) }

    /// `EMFILE`: too many open files.
    public static var tooManyOpenFiles: Errno { Errno(rawValue: EMFILE) }

    /// `EFBIG`: file too large.
    public static var fileTooLarge: Errno { Errno(rawValue: EFBIG) }

    /// `ENOSPC`: no space left on device.
    public static var noSpace: Errno { Errno(rawValue: ENOSPC) }

    /// `EROFS`: read-only file system.
    public static var readOnlyFileSystem: Errno { Errno(rawValue: EROFS) }

    /// `EPIPE`: broken pipe.
    public static var brokenPipe: Errno { Errno(rawValue: EPIPE) }

    /// `ERANGE`: numerical result out of range.
    public static var outOfRange: Errno { Errno(rawValue: ERANGE) }

    /// `EAGAIN`: resource temporarily unavailable.
    public static var resourceTemporarilyUnavailable: Errno { Errno(rawValue: EAGAIN) }

    /// `EINPROGRESS`: operation now in progress.
    public static var nowInProgress: Errno { Errno(rawValue: EINPROGRESS) }

    /// `EMSGSIZE`: message too long.
    public static var messageTooLong: Errno { Errno(rawValue: EMSGSIZE) }

    /// `EPROTOTYPE`: protocol wrong type for socket.
    public static var protocolWrongTypeForSocket: Errno { Errno(rawValue: EPROTOTYPE) }

    /// `EPROTONOSUPPORT`: protocol not supported.
    public static var protocolNotSupported: Errno { Errno(rawValue: EPROTONOSUPPORT) }

    /// `ENOTSUP`: operation not supported.
    public static var notSupported: Errno { Errno(rawValue: ENOTSUP) }

    /// `EAFNOSUPPORT`: address family not supported by protocol.
    public static var addressFamilyNotSupported: Errno { Errno(rawValue: EAFNOSUPPORT) }

    /// `EADDRNOTAVAIL`: cannot assign requested address.
    public static var addressNotAvailable: Errno { Errno(rawValue: EADDRNOTAVAIL) }

    /// `ECONNRESET`: connection reset by peer.
    public static var connectionReset: Errno { Errno(rawValue: ECONNRESET) }

    /// `ETIMEDOUT`: connection timed out.
    public static var timedOut: Errno { Errno(rawValue: ETIMEDOUT) }

    /// `ECONNREFUSED`: connection refused.
    public static var connectionRefused: Errno { Errno(rawValue: ECONNREFUSED) }

    /// `ELOOP`: too many levels of symbolic links.
    public static var tooManySymbolicLinkLevels: Errno { Errno(rawValue: ELOOP) }

    /// `ENAMETOOLONG`: file name too long.
    public static var fileNameTooLong: Errno { Errno(rawValue: ENAMETOOLONG) }

    /// `ENOTEMPTY`: directory not empty.
    public static var directoryNotEmpty: Errno { Errno(rawValue: ENOTEMPTY) }

    /// `EDQUOT`: disk quota exceeded.
    public static var diskQuotaExceeded: Errno { Errno(rawValue: EDQUOT) }

    /// `ENOSYS`: function not implemented.
    public static var noFunction: Errno { Errno(rawValue: ENOSYS) }

    /// `EOVERFLOW`: value too large for defined data type.
    public static var overflow: Errno { Errno(rawValue: EOVERFLOW) }

    /// `EILSEQ`: invalid or incomplete multibyte or wide character.
    public static var illegalByteSequence: Errno { Errno(rawValue: EILSEQ) }

    /// `EPROTO`: protocol error.
    public static var protocolError: Errno { Errno(rawValue: EPROTO) }

    /// `ETIME`: timer expired.
    public static var timeout: Errno { Errno(rawValue: ETIME) }
}
