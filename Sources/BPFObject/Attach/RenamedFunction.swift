// SPDX-License-Identifier: Apache-2.0

/// Functions of the kernel that got another name and kept their arguments, so that a program for one fits the other.
package enum RenamedFunction {
    /// The names by kernel, older ones first.
    private static let names = [
        // Linux 5.10
        ("_do_fork", "kernel_clone"),
        // Linux 5.19
        ("send_signal", "send_signal_locked"), ("__send_signal", "__send_signal_locked"),
        // Linux 7.0 and after it
        ("do_filp_open", "do_file_open"), ("do_linkat", "filename_linkat"), ("do_mkdirat", "filename_mkdirat"),
        ("do_mknodat", "filename_mknodat"), ("do_renameat2", "filename_renameat2"), ("do_rmdir", "filename_rmdir"),
        ("do_symlinkat", "filename_symlinkat"), ("do_unlinkat", "filename_unlinkat"),
    ]

    /// Behind the names of functions that allocate memory, since Linux 6.10.
    private static let allocationSuffix = "_noprof"

    /// The names that other kernels have for a function; the likelier one first.
    ///
    /// They mean something only where the kernel does not have the function's own name.
    package static func otherNames(of function: String) -> [String] {
        let renamed = names.compactMap { old, new in
            function == old ? new : function == new ? old : nil
        }
        if function.hasSuffix(allocationSuffix) { return renamed + [String(function.dropLast(allocationSuffix.count))] }
        return renamed + [function + allocationSuffix]
    }
}
