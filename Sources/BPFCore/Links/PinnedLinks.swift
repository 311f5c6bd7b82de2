// SPDX-License-Identifier: Apache-2.0

internal import BPFObject
internal import Diagnostics

/// Links that were pinned together in a directory of their own, so that programs run on without their loader.
public enum PinnedLinks {
    /// A link that was pinned, as it was before it went.
    public struct Ended: Sendable, Equatable {
        /// The path of its pin.
        public var pin: String
        /// What the kernel told of it.
        public var link: Link.Info
        /// What the kernel told of its program; nil if that had gone.
        public var program: Program.Info?
        /// The target in words: what the kernel calls it, or the name of the device, the control group or the network
        /// namespace; nil if it does not tell.
        public var target: String?
        /// Whether another process, or another pin, holds the link, so that the program stays attached.
        public var isHeld: Bool
    }

    /// Pins links in a directory of their own: all of them, or none.
    ///
    /// They are pinned in a directory beside it, which gets its name once everything is in it: who finds the directory
    /// finds all of them. What a process that was killed meanwhile has left is removed by the next one.
    static func pin(_ links: borrowing LinkList, in path: String) throws(BPFError) -> [String] {
        let place = try PinPath(path: path)
        let parent = try PinDirectory.open(path: place.folder, mountPoint: place.mountPoint)
        var isDone = false
        defer { if !isDone { parent.removeMadeFolders() } }
        try check(place, parent)
        reap(in: parent, at: place.folder)
        let staging = StagingName(of: place.name, owner: .current(roots: KernelRoots()))
        let folder = try PinDirectory.open(path: place.folder + "/" + staging.text, mountPoint: nil)
        var made: [String] = []
        do throws(BPFError) {
            for (index, name) in names(for: links.programs).enumerated() {
                let message = "cannot pin the link of \(links[index].subject) in \(place.path)"
                let link = try links[index].descriptor(.pin, message)
                do throws(Errno) {
                    try BPFCommand.pin(link, at: folder.kernelPath(of: name))
                } catch {
                    throw BPFError(.pin, .pinRefused, errno: error, message, cause: Self.forbidden(error, by: links))
                }
                made.append(name)
            }
            do throws(Errno) {
                try parent.rename(staging.text, to: place.name)
            } catch {
                throw taken(place, error)
            }
        } catch {
            // What cannot be removed now is removed by the next one.
            for name in made { do { try folder.unlink(name) } catch {} }
            folder.removeMadeFolders()
            throw error
        }
        isDone = true
        return made.map { place.path + "/" + $0 }
    }

    /// Ends links that were pinned together: removes their pins and the directory.
    ///
    /// A program stays attached as long as another process holds its link. Pins of maps and programs in the directory are
    /// left where they are, and the directory with them.
    ///
    /// - Parameter path: The directory.
    /// - Returns: What was ended.
    /// - Throws: ``BPFError`` of ``BPFError/Operation/unpin`` or ``BPFError/Operation/openPin``: no link is pinned there,
    ///   or it may not be looked at.
    public static func stop(in path: String) throws(BPFError) -> [Ended] {
        let place = try PinPath(path: path)
        let folder = try PinDirectory.open(path: place.path, mountPoint: nil, makesFolders: false)
        try checkIsDirectory(place)
        var ended: [Ended] = []
        var others: [String] = []
        var names = PlaceNames(roots: KernelRoots())
        // All are looked at before the first one goes: what may not be looked at ends none.
        for name in folder.names {
            guard let link = try link(name, in: folder, at: place.path) else {
                others.append(name)
                continue
            }
            let info = try link.info()
            // Who may not open programs by id ends them all the same, without knowing their names.
            let facts = try? Program(id: info.programID).info()
            ended.append(
                Ended(
                    pin: place.path + "/" + name, link: info, program: facts, target: info.target(&names),
                    isHeld: false))
        }
        guard !ended.isEmpty else {
            throw BPFError(
                .unpin, .noLinksPinned, "no link is pinned in \(place.path)",
                cause: others.isEmpty
                    ? "the directory is empty" : "there is \(others.prefix(8).joined(separator: ", "))")
        }
        for (index, link) in ended.enumerated() {
            do throws(Errno) {
                try folder.unlink(String(link.pin.dropFirst(place.path.count + 1)))
            } catch {
                // Another process may end them at this time.
                guard error != .noSuchFileOrDirectory else { continue }
                throw BPFError(
                    .unpin, .pinNotRemoved, errno: error, "cannot remove the pin \(link.pin)",
                    details: ended[..<index].map { "removed: \($0.pin)" })
            }
        }
        for index in ended.indices {
            ended[index].isHeld = (try? BPFCommand.openLink(id: ended[index].link.id)) != nil
        }
        if others.isEmpty {
            let parent = try PinDirectory.open(path: place.folder, mountPoint: nil, makesFolders: false)
            // Somebody may have put something into it meanwhile: then it stays.
            do { try parent.removeFolder(place.name) } catch {}
        }
        return ended
    }

    /// Why the kernel does not pin links, where programs that it has just attached may be the reason.
    private static func forbidden(_ errno: Errno, by links: borrowing LinkList) -> String? {
        guard errno == .notPermitted || errno == .permissionDenied else { return nil }
        for index in 0..<links.count where links[index].target?.target.value.mayForbid == true {
            return "program \(links.programs[index]), which is attached by now, may forbid it"
        }
        return nil
    }

    // MARK: - The directory

    /// The root of a bpf file system is everybody's.
    private static func checkIsDirectory(_ place: PinPath) throws(BPFError) {
        guard !NearPins.isBPFFileSystem(place.folder) else { return }
        throw BPFError(
            .unpin, .noLinksPinned, "cannot end all links of \(place.path)",
            cause: "it is where the bpf file system is mounted, in which others pin theirs",
            nextStep: "name the directory in it that the links were pinned in")
    }

    private static func check(_ place: PinPath, _ parent: borrowing PinDirectory) throws(BPFError) {
        guard !place.name.contains(".") else {
            throw BPFError(
                .pin, .pinPathInvalid, "cannot make the directory \(place.path)",
                cause: "names in a bpf file system have no dots", nextStep: "choose a name without")
        }
        // With what is added while it is not finished.
        let longest = 255 - StagingName(of: "", owner: .current(roots: KernelRoots())).text.utf8.count
        guard place.name.utf8.count <= longest else {
            throw BPFError(
                .pin, .pinPathInvalid, "cannot make the directory \(place.path)",
                cause: "its name has more than \(longest) bytes", nextStep: "choose a shorter one")
        }
        do throws(Errno) {
            switch try parent.entry(place.name) {
            case .nothing: return
            case .folder where KernelFile.names(in: place.path).isEmpty: return
            case .folder, .pin, .symbolicLink: throw .fileExists
            }
        } catch {
            throw taken(place, error)
        }
    }

    private static func taken(_ place: PinPath, _ errno: Errno) -> BPFError {
        let isThere = [.fileExists, .directoryNotEmpty, .notDirectory].contains(errno)
        return BPFError(
            .pin, isThere ? .pinExists : .pinRefused, errno: errno, "cannot pin links in \(place.path)",
            cause: isThere ? "something is pinned there already" : nil,
            nextStep: isThere ? "end it, or name another directory" : nil)
    }

    /// The link behind a pin; nil if it is something else.
    private static func link(
        _ name: String, in folder: borrowing PinDirectory, at path: String
    ) throws(BPFError) -> Link? {
        guard case .pin = try? folder.entry(name) else { return nil }
        let descriptor: OwnedDescriptor
        do throws(Errno) {
            descriptor = try BPFCommand.open(pinnedAt: folder.kernelPath(of: name))
        } catch {
            throw BPFError(
                .openPin, .pinNotOpened, errno: error, "cannot open the pin \(path)/\(name)",
                cause: error == .notPermitted ? "a program on a hook of the security modules may forbid it" : nil,
                nextStep: error == .notPermitted ? "this ends them without bpf(2): rm -r \(path)" : nil)
        }
        return descriptor.isLink ? Link(nil, way: .opened, pin: path + "/" + name, hold: PlainHold(descriptor)) : nil
    }

    /// A name for each link: that of its program, with a number where it has several.
    static func names(for programs: [String]) -> [String] {
        var taken: Set<String> = []
        return programs.map { program in
            let base = PinName.of(program)
            var name = base
            var number = 2
            while !taken.insert(name).inserted {
                name = "\(base)_\(number)"
                number += 1
            }
            return name
        }
    }

    // MARK: - What a killed process leaves

    /// Removes directories that were never finished, whose process is no more.
    private static func reap(in parent: borrowing PinDirectory, at path: String) {
        for entry in parent.names {
            guard let staging = StagingName(entry), staging.owner.isGone(roots: KernelRoots()),
                let folder = try? PinDirectory.open(path: path + "/" + entry, mountPoint: nil, makesFolders: false)
            else { continue }
            // What cannot be removed is in use by now, or not ours.
            for pin in folder.names { do { try folder.unlink(pin) } catch {} }
            do { try parent.removeFolder(entry) } catch {}
        }
    }
}

/// The name of a directory that is not finished: `trace_unfinished_NAMESPACE_PID_START`.
struct StagingName: Equatable {
    let text: String
    let owner: ProcessIdentity

    private static let mark = "unfinished"

    init(of name: String, owner: ProcessIdentity) {
        self.owner = owner
        text =
            "\(name)_\(Self.mark)_\(String(owner.namespace, radix: 16))_\(owner.pid)_\(String(owner.start, radix: 16))"
    }

    /// Reads a name; nil if it is none.
    init?(_ text: String) {
        let parts = text.split(separator: "_", omittingEmptySubsequences: false)
        guard parts.count >= 5, parts[parts.count - 4] == Self.mark,
            let namespace = UInt64(parts[parts.count - 3], radix: 16), let pid = Int32(parts[parts.count - 2]), pid > 0,
            let start = UInt64(parts[parts.count - 1], radix: 16)
        else { return nil }
        self.text = text
        owner = ProcessIdentity(namespace: namespace, pid: pid, start: start)
    }
}
