// SPDX-License-Identifier: Apache-2.0

internal import BPFObject
internal import Symbolication

/// Which processes that live have the file of a build id in their memory: stacks by build ids name no process.
struct LiveBuilds {
    private struct Seen: Hashable {
        let device: String
        let inode: UInt64
        let path: String
    }

    /// By build ids as the kernel has them: 20 bytes, zeros behind a shorter one.
    private var mappings: [[UInt8]: (process: Int32, mapping: CodeMapping)] = [:]
    /// When all processes were looked through, in nanoseconds.
    private var looked: UInt64?

    /// Nanoseconds between two looks.
    private static let interval: UInt64 = 10_000_000_000
    /// Files that are opened for one.
    private static let mostFiles = 16_384

    /// A process that has a file, and where it has it; nil if none has.
    ///
    /// - Parameter now: Nanoseconds of a clock that does not go back.
    mutating func mapping(
        of id: [UInt8], roots: KernelRoots, _ budget: FileBudget, now: UInt64
    ) -> (process: Int32, mapping: CodeMapping)? {
        let id = Self.padded(id)
        if let known = mappings[id] { return known }
        if let looked, now &- looked < Self.interval { return nil }
        looked = now
        look(roots, budget)
        return mappings[id]
    }

    /// Forgets who has a file: the process has ended, or has another file by now.
    mutating func forget(_ id: [UInt8]) { mappings[Self.padded(id)] = nil }

    private mutating func look(_ roots: KernelRoots, _ budget: FileBudget) {
        mappings = [:]
        var seen: Set<Seen> = []
        for name in KernelFile.names(in: roots.proc) {
            guard let process = Int32(name), process > 0 else { continue }
            let files = ProcessFiles(process: process, roots: roots, budget: budget)
            for mapping in files.code.all where mapping.isFile {
                guard seen.count < Self.mostFiles else { return }
                guard seen.insert(Seen(device: mapping.device, inode: mapping.inode, path: mapping.path)).inserted,
                    let file = files.open(mapping), let id = (try? UserELF(file))?.buildID
                else { continue }
                mappings[Self.padded(id)] = (process, mapping)
            }
        }
    }

    private static func padded(_ id: [UInt8]) -> [UInt8] {
        id + [UInt8](repeating: 0, count: max(0, FunctionFiles.kernelLength - id.count))
    }
}
