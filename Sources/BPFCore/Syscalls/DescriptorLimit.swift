// SPDX-License-Identifier: Apache-2.0

internal import CBPF
internal import Diagnostics

/// RLIMIT_NOFILE, the descriptors that a process may have open.
package enum DescriptorLimit {
    /// Raises the limit to what the process may raise it to.
    ///
    /// A ring needs two descriptors a CPU, and 1024 are the usual limit where half a million are allowed. Whoever is at
    /// the limit could not even read later which CPUs there are.
    ///
    /// - Returns: Whether it is higher now.
    @discardableResult
    package static func raise() -> Bool {
        var limit = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0,
            limit.rlim_cur < limit.rlim_max
        else { return false }
        limit.rlim_cur = limit.rlim_max
        // Where it is refused, the next open(2) has words for it.
        return unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0
    }

    /// Makes a call that gives a descriptor, and makes it again with the limit raised if that is what stopped it.
    ///
    /// - Parameter call: Returns a negative number and sets `errno` where it fails.
    static func retrying(_ call: () -> Int32) throws(Errno) -> Int32 {
        while true {
            let number = call()
            guard number < 0 else { return number }
            let failure = Errno.last
            guard failure == .tooManyOpenFiles, raise() else { throw failure }
        }
    }

    /// What a user can do who is at the limit.
    static let nextStep: Diagnostic.Hint =
        "raise the limit of open files: \(.raiseLimit("RLIMIT_NOFILE"), "ulimit -n 4096"), or LimitNOFILE= of the service"
}
