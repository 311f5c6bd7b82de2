// SPDX-License-Identifier: Apache-2.0

internal import Diagnostics

extension Map {
    /// Opens a map by its id (`BPF_MAP_GET_FD_BY_ID`, 4.13); needs `CAP_SYS_ADMIN`.
    public init(id: UInt32) throws(BPFError) {
        let descriptor: OwnedDescriptor
        do throws(Errno) {
            descriptor = try BPFCommand.openMap(id: id)
        } catch {
            throw BPFError(
                .info, .idUnknown, errno: error, "cannot open map \(id)",
                cause: error == .noSuchFileOrDirectory ? "no map has that id" : nil
            ).needing([.sysAdmin])
        }
        try self.init(descriptor)
    }

    /// The BTF that the map was created with.
    ///
    /// - Parameter id: Its id, as ``info()`` has it.
    package func typeBytes(id: UInt32) throws(BPFError) -> [UInt8] {
        do throws(Errno) {
            return try BTFHandle.open(id: id).bytesOrErrno()
        } catch {
            throw BPFError(.info, .infoRefused, errno: error, "cannot read the types of map \(label)")
        }
    }

    /// Pins the map, so that it outlives this process (`BPF_OBJ_PIN`).
    ///
    /// - Parameter path: An absolute path in a bpf file system; missing directories are made.
    public func pin(at path: String) throws(BPFError) {
        try PinDirectory.pin(descriptor.rawValue, "map \(label)", at: path)
    }

    /// Opens the map behind a pin, for reading and writing.
    ///
    /// Symbolic links are followed, and whose pin it is is not asked: tools that make pins look at both.
    ///
    /// - Parameter path: A path in a bpf file system.
    /// - Throws: `BPFError` of operation `openPin`, or `reuseMap` if the pin is a program or a link.
    public init(pinnedAt path: String) throws(BPFError) {
        try self.init(OwnedDescriptor.open(pinnedAt: path), pinnedAt: path)
    }

    /// Takes over the descriptor of a pin that turns out to be a map or not.
    init(_ descriptor: consuming OwnedDescriptor, pinnedAt path: String) throws(BPFError) {
        guard descriptor.kind == "anon_inode:bpf-map" else {
            throw BPFError(
                .reuseMap, .pinOtherKind, "the pin \(path) is not a map", cause: "it is \(descriptor.kind)",
                nextStep: "use another name, or remove it: \(.remove(path), "rm \(path)")")
        }
        try self.init(descriptor)
    }
}
