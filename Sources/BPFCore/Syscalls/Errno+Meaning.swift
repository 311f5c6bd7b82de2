// SPDX-License-Identifier: Apache-2.0

internal import CBPF
package import SystemPackage

extension Errno {
    /// What the last C call of this thread left in `errno`.
    package static var last: Errno { Errno(rawValue: unsafe __errno_location().pointee) }

    /// `ENOTSUPP`, a number that the kernel keeps for itself and lets out of some calls of bpf(2).
    package static var notSupportedByKernel: Errno { Errno(rawValue: 524) }

    /// The symbolic name, as in errno(3): `ENOENT`.
    package var name: String {
        if self == .notSupportedByKernel { return "ENOTSUPP" }
        guard let name = unsafe cbpf_errno_name(rawValue) else { return "errno \(rawValue)" }
        return unsafe String(cString: name)
    }

    /// Name and text: `ENOENT (No such file or directory)`.
    package var described: String { "\(name) (\(description))" }
}
