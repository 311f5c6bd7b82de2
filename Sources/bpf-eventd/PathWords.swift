// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import BPFCore
internal import BPFObject
internal import ToolSupport

extension CompletionKind {
    /// Pins of maps first, then files.
    static let pinsAndFiles = CompletionKind.words { request in
        let pins = request.offered(PathWords.pins)
        return pins.isEmpty ? request.offered(PathWords.files(in: request.word)) : pins
    }

    /// Pins of maps.
    static let pins = CompletionKind.words { $0.offered(PathWords.pins) }
}

/// What paths there are, for a shell that completes one.
enum PathWords {
    private static let pinLimit = 256

    /// The pins of maps in `/sys/fs/bpf` and one directory further down; none without the privilege to look.
    static var pins: [String] {
        NearPins.maps(
            near: PinPath(mountPoint: PinPath.usualMountPoint, folders: [], name: "maps"), count: pinLimit)
    }

    /// What is in the directory that a path which has been begun leads to.
    static func files(in path: String) -> [String] {
        let head = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
        let directory = head.isEmpty ? "." : head
        let folders = Set(KernelFile.folders(in: directory))
        // bash adds the slash itself, and no space then.
        let slash = CompletionShell.requesting == .bash ? "" : "/"
        return KernelFile.names(in: directory).map { head + $0 + (folders.contains($0) ? slash : "") }
    }
}
