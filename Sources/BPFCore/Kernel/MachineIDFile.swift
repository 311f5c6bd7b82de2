// SPDX-License-Identifier: Apache-2.0

internal import CBPF

/// The file with the id of the machine, which does not change with its boots (machine-id(5)).
package enum MachineIDFile {
    /// What the file holds; nil if it is no file of an id's size.
    ///
    /// Whatever is there is not waited for.
    package static func content(_ path: String = "/etc/machine-id") -> [UInt8]? {
        guard let file = try? KernelFile.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY) else { return nil }
        var status = stat()
        guard unsafe fstat(file.rawValue, &status) == 0, status.st_mode & UInt32(S_IFMT) == UInt32(S_IFREG) else {
            return nil
        }
        var bytes = [UInt8](repeating: 0, count: 64)
        let count = unsafe bytes.withUnsafeMutableBytes { unsafe CBPF.read(file.rawValue, $0.baseAddress, $0.count) }
        guard count > 0, count < bytes.count else { return nil }
        return Array(bytes[..<count])
    }
}
