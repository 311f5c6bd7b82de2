// SPDX-License-Identifier: Apache-2.0

internal import CBPF
internal import Diagnostics

/// Storage of control groups, by the folders of their file system: a descriptor of each is its key
/// (`BPF_MAP_TYPE_CGRP_STORAGE`, 6.2).
struct ControlGroupWalk: MapWay {
    /// Folders that are still to look at.
    private var folders: [String]
    /// Folders that are looked at before the caller has its turn.
    private static let mostFolders = 1024

    /// - Throws: ``BPFError`` if no file system of control groups (version 2) is mounted.
    init() throws(BPFError) {
        let table = try? MountTable()
        guard
            let mount = table?.mounts(ofType: "cgroup2").first(where: { $0.root == "/" })
                ?? table?.mounts(
                    ofType: "cgroup2"
                ).first
        else {
            throw BPFError(
                .mapElement, .mapNotListed, "cannot find the control groups that elements belong to",
                cause: "no file system of control groups (cgroup2) is mounted",
                nextStep: "mount it: \(.mount("cgroup2"), "mount -t cgroup2 none /sys/fs/cgroup")")
        }
        folders = [mount.point]
    }

    /// Whether folders were left out, as their paths are longer than the kernel takes.
    private(set) var isUnsteady = false

    mutating func fill(_ buffer: inout ElementBuffer, _ map: borrowing Map) throws(BPFError) -> Bool {
        buffer.clear(room: 256)
        var looked = 0
        while buffer.count < buffer.capacity {
            guard looked < Self.mostFolders else { return false }
            looked += 1
            guard let folder = folders.popLast() else { return true }
            do throws(Errno) {
                let descriptor = try KernelFile.open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
                var status = stat()
                guard unsafe fstat(descriptor.rawValue, &status) == 0 else { throw .last }
                let key = UInt32(bitPattern: descriptor.rawValue).bytes
                if try BPFCommand.findElement(
                    map: map.descriptor.rawValue, key: key.span, value: &buffer.values, at: buffer.count * buffer.room)
                {
                    buffer.append(key: UInt64(status.st_ino).bytes)
                }
            } catch .noSuchFileOrDirectory {
                // Removed meanwhile.
                continue
            } catch .fileNameTooLong {
                // Whoever may make groups can make such; the snapshot of all others must not fail by that.
                isUnsteady = true
                continue
            } catch {
                throw map.elementError(error, "cannot read the storage of control group \(folder) in")
            }
            folders += KernelFile.folders(in: folder).map { folder + "/" + $0 }
        }
        return false
    }
}
