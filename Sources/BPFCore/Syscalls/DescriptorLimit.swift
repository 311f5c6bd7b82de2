// SPDX-License-Identifier: Apache-2.0

internal import CBPF

/// RLIMIT_NOFILE, the descriptors that a process may have open.
enum DescriptorLimit {
    /// Raises the limit to what the process may raise it to; false if it is there already.
    ///
    /// A ring needs two descriptors a CPU, and 1024 are the usual limit where half a million are allowed.
    static func raise() -> Bool {
        var limit = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0,
            limit.rlim_cur < limit.rlim_max
        else { return false }
        limit.rlim_cur = limit.rlim_max
        return unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0
    }
}
