// SPDX-License-Identifier: Apache-2.0

internal import BPFObject
internal import CBPF
internal import Diagnostics

extension Program {
    /// Opens a loaded program by its id (`BPF_PROG_GET_FD_BY_ID`, 4.13); needs `CAP_SYS_ADMIN`.
    public init(id: UInt32) throws(BPFError) {
        do throws(Errno) {
            self.init(descriptor: try BPFCommand.openProgram(id: id))
        } catch {
            throw BPFError(
                .info, .idUnknown, errno: error, "cannot open program \(id)",
                cause: error == .noSuchFileOrDirectory ? "no loaded program has that id" : nil
            ).needing([.sysAdmin])
        }
    }

    /// Opens the program behind a pin (`BPF_OBJ_GET`).
    ///
    /// Symbolic links are followed, and whose pin it is is not asked.
    ///
    /// - Parameter path: A path in a bpf file system.
    /// - Throws: ``BPFError`` also if the pin is a map or a link.
    public init(pinnedAt path: String) throws(BPFError) {
        let descriptor = try OwnedDescriptor.open(pinnedAt: path)
        guard descriptor.kind == "anon_inode:bpf-prog" else {
            throw BPFError(
                .openPin, .pinOtherKind, "the pin \(path) is not a program", cause: "it is \(descriptor.kind)")
        }
        self.init(descriptor: descriptor)
    }

    /// Pins the program, so that it outlives this process (`BPF_OBJ_PIN`).
    ///
    /// - Parameter path: An absolute path in a bpf file system; missing directories are made.
    public func pin(at path: String) throws(BPFError) {
        try PinDirectory.pin(descriptor.rawValue, "the program", at: path)
    }

    /// Another handle of the same loaded program, which lives on its own.
    public func duplicate() throws(BPFError) -> Program {
        Program(descriptor: try descriptor.duplicate("a program"))
    }
}

extension OwnedDescriptor {
    /// Opens whatever is behind a pin (`BPF_OBJ_GET`): a map, a program or a link.
    static func open(pinnedAt path: String) throws(BPFError) -> OwnedDescriptor {
        do throws(Errno) {
            return try BPFCommand.open(pinnedAt: path)
        } catch {
            throw BPFError(
                .openPin, .pinNotOpened, errno: error, "cannot open the pin \(path)",
                nextStep: error == .noSuchFileOrDirectory ? PinPath.seePins : nil)
        }
    }

    /// Another descriptor of the same object.
    func duplicate(_ what: String) throws(BPFError) -> OwnedDescriptor { try Self.duplicate(of: rawValue, what) }

    /// The same for a number that somebody else owns.
    static func duplicate(of number: Int32, _ what: String) throws(BPFError) -> OwnedDescriptor {
        do throws(Errno) {
            return try duplicate(of: number)
        } catch {
            throw BPFError(.info, .openFilesLimit, errno: error, "cannot keep \(what) open")
        }
    }
}

extension PinDirectory {
    /// Pins something that is open, for good.
    static func pin(_ descriptor: Int32, _ what: String, at path: String) throws(BPFError) {
        let path = try PinPath(path: path)
        let directory = try PinDirectory.open(path: path.folder, mountPoint: path.mountPoint)
        var pin = PinGuard(directory, name: path.name)
        do throws(Errno) {
            try BPFCommand.pin(descriptor, at: pin.kernelPath)
        } catch {
            throw BPFError(
                .pin, .pinRefused, errno: error, "cannot pin \(what) at \(path.path)",
                cause: error == .fileExists ? "something is pinned there already" : nil,
                nextStep: error == .fileExists
                    ? "remove it (\(.remove(path.path), "rm \(path.path)")), or use another path" : nil)
        }
        pin.keep()
    }
}
