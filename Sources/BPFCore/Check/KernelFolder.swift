// SPDX-License-Identifier: Apache-2.0

package import BPFObject
internal import Diagnostics

/// A directory with the types of kernels: a file for each release, as `5.10`, `6.1.0-13-amd64.btf`, `vmlinux-6.12.9`, also
/// in directories of its own for each distribution, as btfhub has them.
package enum KernelFolder {
    /// A kernel of the directory.
    package struct Entry: Sendable, Equatable {
        /// Its release as the file is called.
        package let name: String
        /// The file of its types.
        package let btf: String
    }

    /// Files that are looked at in one directory and those within.
    private static let most = 4_096
    /// A distribution, its version, an architecture.
    private static let deepest = 3

    /// Whether a path is a directory.
    package static func isFolder(_ path: String) -> Bool { KernelFile.exists(path + "/.") }

    /// The kernels of a directory, older ones first.
    ///
    /// - Throws: An error if there is none.
    package static func kernels(in folder: String) throws(BPFError) -> [Entry] {
        var found: [Entry] = []
        var seen = 0
        try collect(folder, "", depth: 0, &seen, &found)
        guard !found.isEmpty else {
            throw BPFError(
                .loadTypes, .kernelTypesNotGiven, "\(folder) has no file of a kernel's types",
                cause: "such files are called by the release: 6.1.0-13-amd64, 6.1.btf, vmlinux-6.1",
                nextStep: "copy /sys/kernel/btf/vmlinux of each kernel to \(folder)/RELEASE.btf")
        }
        return found.sorted { (version(of: $0.name), $0.name) < (version(of: $1.name), $1.name) }
    }

    /// The file of a release in a directory: that of exactly the name, else the newest of that version.
    package static func kernel(_ name: String, in folder: String) throws(BPFError) -> Entry {
        let all = try kernels(in: folder)
        if let exact = all.first(where: { $0.name == name || $0.name.hasSuffix("/" + name) }) { return exact }
        let wanted = name.split(separator: ".")
        if let found = all.last(where: { entry in
            let last = entry.name.split(separator: "/").last ?? ""
            return last.split { $0 == "." || $0 == "-" }.starts(with: wanted)
        }) {
            return found
        }
        throw BPFError(
            .loadTypes, .kernelTypesNotGiven, "\(folder) has no types of kernel \(name)",
            details: ["it has those of " + all.prefix(16).map(\.name).joined(separator: ", ")],
            nextStep: "give the file itself: \(.kernelTypes, "FILE")")
    }

    /// The release that a name such as `vmlinux-6.1.0-13-amd64` or `debian/11/x86_64/5.10.0-8-amd64.btf` begins with.
    package static func release(in name: String) -> KernelRelease? {
        let last = name.split(separator: "/").last ?? ""
        let text = last.hasPrefix("vmlinux-") ? last.dropFirst(8) : last
        guard text.first?.isNumber == true, let code = KernelVersion.parse(text) else { return nil }
        return KernelRelease(versionCode: code)
    }

    private static func version(of name: String) -> UInt32 {
        let last = name.split(separator: "/").last ?? ""
        return KernelVersion.parse(last) ?? 0
    }

    private static func collect(
        _ folder: String, _ prefix: String, depth: Int, _ seen: inout Int, _ found: inout [Entry]
    ) throws(BPFError) {
        for name in KernelFile.names(in: folder).sorted() {
            seen += 1
            guard seen <= most else {
                throw BPFError(
                    .loadTypes, .kernelTypesNotGiven, "the directory of kernel types has more than \(most) files",
                    cause: "\(folder) is where looking ended", nextStep: "name a directory within it")
            }
            let path = folder + "/" + name
            if isFolder(path) {
                if depth < deepest { try collect(path, prefix + name + "/", depth: depth + 1, &seen, &found) }
                continue
            }
            guard release(in: name) != nil else { continue }
            var short = name
            if short.hasPrefix("vmlinux-") { short.removeFirst(8) }
            if short.hasSuffix(".btf") { short.removeLast(4) }
            found.append(Entry(name: prefix + short, btf: path))
        }
    }
}
