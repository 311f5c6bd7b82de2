// SPDX-License-Identifier: Apache-2.0

internal import Diagnostics
internal import SystemPackage

extension MapHandle {
    /// Opens the map behind a pin, for reading and writing.
    ///
    /// Symbolic links are followed, and whose pin it is is not asked: ``PinnedMap`` does both for tools that make pins.
    ///
    /// - Parameter path: A path in a bpf file system.
    /// - Throws: `BPFError` of operation `openPin`, or `reuseMap` if the pin is a program or a link.
    public static func open(pinnedAt path: String) throws(BPFError) -> MapHandle {
        let descriptor: OwnedDescriptor
        do {
            descriptor = try BPFCommand.open(pinnedAt: path)
        } catch {
            throw BPFError(
                .openPin, errno: error, "cannot open the pin \(path)",
                nextStep: error == .noSuchFileOrDirectory ? "look what is pinned: ls \(PinPath.usualMountPoint)" : nil)
        }
        return try MapHandle(descriptor, pinnedAt: path)
    }

    /// Takes over the descriptor of a pin that turns out to be a map or not.
    init(_ descriptor: consuming OwnedDescriptor, pinnedAt path: String) throws(BPFError) {
        guard descriptor.kind == "anon_inode:bpf-map" else {
            throw BPFError(
                .reuseMap, "the pin \(path) is not a map", cause: "it is \(descriptor.kind)",
                nextStep: "use another name, or remove it: rm \(path)", exitStatus: .badData)
        }
        try self.init(descriptor)
    }
}
