// SPDX-License-Identifier: Apache-2.0

package import BPFObject
internal import BTF

extension Object {
    /// Reads the object file that an option names.
    ///
    /// - Throws: ``InputFile/Failure`` or `ObjectError`.
    package static func read(_ path: String) throws -> Object {
        try Object(parsing: InputFile.read(path, limit: Limits.fileSize), name: path)
    }
}
