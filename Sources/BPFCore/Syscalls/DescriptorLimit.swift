// SPDX-License-Identifier: Apache-2.0

internal import CBPF

/// RLIMIT_NOFILE, the descriptors that a process may have open.
enum DescriptorLimit {
    /// Raises the limit to what the process may raise it to.
    ///
    /// A ring needs two descriptors a CPU, and 1024 are the usual limit where half a million are allowed. Whoever is at
    /// the limit could not even read later which CPUs there are.
    static func raise() {
        var limit = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0,
            limit.rlim_cur < limit.rlim_max
        else { return }
        limit.rlim_cur = limit.rlim_max
        // Where it is refused, the next open(2) has words for it.
        _ = unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }

    /// What a user can do who is at the limit.
    static let nextStep = "raise the limit of open files: ulimit -n 4096, or LimitNOFILE= of the service"
}
