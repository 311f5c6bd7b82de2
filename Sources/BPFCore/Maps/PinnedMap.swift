// SPDX-License-Identifier: Apache-2.0

internal import CBPF
package import Diagnostics

/// Where a map is pinned: a folder of a bpf file system and a name in it.
public struct PinPath: Sendable, Equatable {
    /// The mount point that systems use.
    public static let usualMountPoint = "/sys/fs/bpf"
    /// The next step where a pin is not there.
    static var seePins: Diagnostic.Hint { "see what is pinned: ls \(usualMountPoint)" }

    /// The folder, absolute.
    public let folder: String
    /// The name in it: letters, digits and `_`.
    public let name: String
    /// Where a bpf file system is mounted if there is none yet.
    public let mountPoint: String?

    /// The whole path.
    public var path: String { folder == "/" ? "/" + name : folder + "/" + name }

    /// A pin below a mount point.
    ///
    /// - Parameters:
    ///   - mountPoint: An absolute path.
    ///   - folders: The folders from there on.
    ///   - name: The pin's own name.
    public init(mountPoint: String, folders: [String], name: String) {
        var root = mountPoint
        while root.count > 1 && root.hasSuffix("/") { root.removeLast() }
        self.mountPoint = root
        folder = ([root] + folders).joined(separator: "/")
        self.name = name
    }

    /// A pin that a user names by its path; one below `/sys/fs/bpf` may mount the file system there.
    ///
    /// - Parameters:
    ///   - path: Absolute, or from a folder on.
    ///   - folder: That folder, absolute; only relative paths need it.
    public init(path: String, relativeTo folder: String = "/") throws(BPFError) {
        let whole = path.hasPrefix("/") ? path : folder + "/" + path
        let parts = whole.split(separator: "/", omittingEmptySubsequences: true).filter { $0 != "." }
        guard whole.hasPrefix("/"), !path.isEmpty, !path.hasSuffix("/"), let name = parts.last else {
            throw BPFError(
                .openPin, .pinPathInvalid, "\(path) is not the path of a pin",
                nextStep: "write a path with a name at its end, such as /sys/fs/bpf/map_event")
        }
        self.name = String(name)
        self.folder = "/" + parts.dropLast().joined(separator: "/")
        let usual = Self.usualMountPoint
        mountPoint = self.folder == usual || self.folder.hasPrefix(usual + "/") ? usual : nil
    }
}

/// A map behind a pin, either found there or made and pinned by us.
///
/// A pin of our making goes again when this value is let go before ``keepPin()``: a later step failed.
package struct PinnedMap: ~Copyable {
    /// The map.
    package let map: Map
    /// Where it is pinned.
    package let path: PinPath
    /// Whether it was made and pinned by us, and not found.
    package let wasCreated: Bool
    /// What the user should know of how it was found or made.
    package let notes: [Diagnostic]
    private var pin: PinGuard

    /// Opens the map behind a pin, or creates and pins one if nothing is there.
    ///
    /// - Parameters:
    ///   - path: The pin.
    ///   - attributes: What a new map is created with, and what a found one is compared with.
    ///   - isWanted: Says of a found map that it will do, whatever a new one would be.
    /// - Throws: `BPFError`: the pin cannot be trusted (`openPin`), the map is another (`reuseMap`), or the kernel
    ///   refused one of the calls.
    package static func openOrCreate(
        _ path: PinPath, _ attributes: Map.Attributes,
        orWhere isWanted: (Map.Info) -> Bool = { _ in false }
    ) throws(BPFError) -> PinnedMap {
        let directory = try PinDirectory.open(path: path.folder, mountPoint: path.mountPoint)
        var notes: [Diagnostic] = []
        if directory.mountedFileSystem {
            notes.append(
                Diagnostic(
                    .bpffsMounted, .note, stage: .map,
                    "mounted a bpf file system on \(path.mountPoint ?? path.folder) (mode 0700)"))
        }
        var pin = PinGuard(directory, name: path.name)
        // Twice: the pin may be made by somebody else between our look and our own pinning.
        for attempt in 1...2 {
            if let map = try pin.open(path) {
                if try !isWanted(map.info()) { try map.checkSame(as: attributes, pinnedAt: path.path) }
                pin.wasCreated = false
                return PinnedMap(map: map, path: path, wasCreated: false, notes: notes, pin: pin)
            }
            let map = try Map.create(attributes)
            do {
                try BPFCommand.pin(map.descriptor.rawValue, at: pin.kernelPath)
            } catch .fileExists where attempt == 1 {
                continue
            } catch {
                throw BPFError(
                    .pin, .pinRefused, errno: error, "cannot pin map \(attributes.name) at \(path.path)",
                    cause: error == .readOnlyFileSystem ? "the bpf file system is mounted read-only" : nil,
                    nextStep: error == .readOnlyFileSystem
                        ? "mount -o remount,rw the bpf file system, or use another (\(.bpffs))" : nil)
            }
            pin.wasCreated = true
            return PinnedMap(map: map, path: path, wasCreated: true, notes: notes, pin: pin)
        }
        throw BPFError(
            .pin, .pinContested, errno: .fileExists, "cannot pin map \(attributes.name) at \(path.path)",
            cause: "the pin comes and goes: other processes make and remove it at the same time",
            nextStep: "run the command again when they are done")
    }

    /// Opens the map behind a pin; nothing is made or mounted.
    ///
    /// - Returns: Nil if nothing is pinned there.
    /// - Throws: `BPFError` of operation `openPin`: the pin cannot be trusted, or is not a map's (`reuseMap`).
    package static func open(_ path: PinPath) throws(BPFError) -> PinnedMap? {
        let directory = try PinDirectory.open(path: path.folder, mountPoint: nil, makesFolders: false)
        let pin = PinGuard(directory, name: path.name)
        guard let map = try pin.open(path) else { return nil }
        return PinnedMap(map: map, path: path, wasCreated: false, notes: [], pin: pin)
    }

    /// Lets the pin outlive us, since everything that needed it succeeded.
    package mutating func keepPin() {
        pin.keep()
    }

    /// Removes the pin, found or made; the map lives on as long as somebody holds it.
    package mutating func unpin() throws(BPFError) {
        do {
            try pin.unlink()
        } catch {
            throw BPFError(.unpin, .pinNotRemoved, errno: error, "cannot remove the pin \(path.path)")
        }
    }
}

/// A pin that is removed again unless it is kept, with the folders that were made for it.
///
/// Not `private`: other modules destroy arrays of pinned maps, and their code names this type (Swift 6.3, -O).
struct PinGuard: ~Copyable {
    private let directory: PinDirectory
    private let name: String
    private var isKept = false
    /// Whether the pin is of our making.
    var wasCreated = false

    init(_ directory: consuming PinDirectory, name: String) {
        self.directory = directory
        self.name = name
    }

    deinit {
        guard !isKept else { return }
        if wasCreated {
            // Gone already is as good as removed; anything else leaves a pin that the user sees at the next start.
            do { try directory.unlink(name) } catch {}
        }
        directory.removeMadeFolders()
    }

    mutating func keep() { isKept = true }

    mutating func unlink() throws(Errno) {
        isKept = true
        try directory.unlink(name)
    }

    var kernelPath: String { directory.kernelPath(of: name) }

    /// The map behind the pin; nil if there is no pin.
    func open(_ path: PinPath) throws(BPFError) -> Map? {
        let entry: PinDirectory.Entry
        do {
            entry = try directory.entry(name)
        } catch {
            throw BPFError(
                .openPin, .pinNotOpened, errno: error, "cannot look at the pin \(path.path)",
                nextStep: error == .permissionDenied
                    ? "run it as root (sudo), or use a bpf file system of your own (\(.bpffs, "DIR"))" : nil)
        }
        switch entry {
        case .nothing: return nil
        case .symbolicLink: throw distrust(path, "it is a symbolic link")
        case .folder: throw distrust(path, "it is a directory")
        case .pin(let owner) where owner != 0 && owner != geteuid():
            throw distrust(path, "it belongs to uid \(owner), whose map could be any")
        case .pin: break
        }
        let descriptor: OwnedDescriptor
        do {
            descriptor = try BPFCommand.open(pinnedAt: kernelPath)
        } catch .noSuchFileOrDirectory {
            return nil
        } catch {
            throw BPFError(
                .openPin, .pinNotOpened, errno: error, "cannot open the pin \(path.path)",
                cause: error == .readOnlyFileSystem
                    ? "the bpf file system is mounted read-only, and events need a map that can be written" : nil)
        }
        return try Map(descriptor, pinnedAt: path.path)
    }

    private func distrust(_ path: PinPath, _ why: String) -> BPFError {
        BPFError(
            .openPin, .pinUntrusted, "will not use the pin \(path.path)", cause: why,
            nextStep: "remove it, or use another bpf file system (\(.bpffs))")
    }
}
