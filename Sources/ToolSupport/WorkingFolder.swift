// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// The folder that relative paths of the command line begin in.
package enum WorkingFolder {
    /// Its absolute path; `/` where the kernel cannot tell, since the folder was removed.
    package static var path: String {
        guard let path = unsafe getcwd(nil, 0) else { return "/" }
        defer { unsafe free(path) }
        return unsafe String(cString: path)
    }
}
