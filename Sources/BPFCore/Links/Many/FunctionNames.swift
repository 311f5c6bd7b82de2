// SPDX-License-Identifier: Apache-2.0

internal import Diagnostics

/// The names of the kernel's functions, for a shell that completes one.
package enum FunctionNames {
    /// The functions whose names begin with a text: those that the function tracer lists, or, where it may not be read,
    /// those of `/proc/kallsyms`.
    ///
    /// - Parameters:
    ///   - prefix: What the names begin with.
    ///   - limit: As many at most.
    package static func beginning(with prefix: String, limit: Int, roots: KernelRoots = KernelRoots()) -> [String] {
        let wanted = Array(prefix.utf8)
        if let tracefs = Tracefs.find(roots: roots) {
            let listed = read(tracefs.path + "/available_filter_functions", limit) { line in
                let name = line.prefix { $0 > UInt8(ascii: " ") }
                return name.starts(with: wanted) ? name : nil
            }
            if let listed { return listed }
        }
        return read(roots.proc + "/kallsyms", limit) { line in
            // ffffffff81000100 T vfs_read [module]
            let words = line.split(separator: UInt8(ascii: " "), maxSplits: 2)
            guard words.count == 3, words[1] == [UInt8(ascii: "t")] || words[1] == [UInt8(ascii: "T")] else {
                return nil
            }
            let name = words[2].prefix { $0 > UInt8(ascii: " ") }
            return name.starts(with: wanted) ? name : nil
        } ?? []
    }

    /// The names that a file has; nil if it cannot be read.
    private static func read(
        _ path: String, _ limit: Int, name: (_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8>?
    ) -> [String]? {
        var names: [String] = []
        do throws(Errno) {
            try KernelFile.forEachLine(of: path) { line in
                guard names.count < limit, let name = name(line) else { return }
                names.append(String(decoding: name, as: UTF8.self))
            }
        } catch {
            return nil
        }
        return names
    }
}
