// SPDX-License-Identifier: Apache-2.0

public import BPFObject
internal import CBPF
internal import Diagnostics

/// A program in the kernel with all that keeps it there: processes, links and pins.
public struct LoadedProgram: Sendable, Equatable {
    /// A place where it is attached.
    public struct Place: Sendable, Equatable {
        /// The kind of link, such as `perf_event`; of an event without a link what it is, such as `kprobe`.
        public var kind: String
        /// What the kernel calls the target, or the name of the device, the control group or the network namespace; nil if
        /// it does not tell.
        public var target: String?
        /// Where in its target the program is, such as `tcx_ingress`; nil if the kernel does not tell.
        public var attachType: AttachType?
        /// The id of the link; nil if there is none.
        public var link: UInt32?
    }

    /// A map that it uses.
    public struct UsedMap: Sendable, Equatable {
        /// The kernel's id.
        public var id: UInt32
        /// Its name, of which the kernel keeps 15 bytes.
        public var name: String
        /// Its type.
        public var type: MapType
    }

    /// A process that has the program or a link of it open.
    public struct Holder: Sendable, Hashable {
        /// The process id.
        public var pid: Int32
        /// The name of its program (`comm`).
        public var name: String
    }

    /// What the kernel tells of it.
    public var info: Program.Info
    /// Where it is attached, as far as links and processes show it.
    public var places: [Place] = []
    /// The maps that it uses.
    public var maps: [UsedMap] = []
    /// Paths at which it or a link of it is pinned.
    public var pins: [String] = []
    /// Processes that hold it.
    public var holders: [Holder] = []

    /// The programs that processes of some names hold, or that are pinned below a directory.
    ///
    /// What comes and goes meanwhile may be missing.
    ///
    /// - Parameters:
    ///   - names: The names of the processes (`comm`), such as `load-kp-bpf`.
    ///   - directory: A directory of a bpf file system; what is below it is looked through, 4,096 names at most.
    /// - Throws: ``BPFError`` of ``BPFError/Operation/info``: it takes `CAP_SYS_ADMIN`.
    public static func all(
        heldBy names: Set<String>, pinnedBelow directory: String = PinPath.usualMountPoint
    ) throws(BPFError) -> [LoadedProgram] {
        // Who may not list them would see none, and take that for an answer.
        do throws(Errno) {
            _ = try BPFCommand.nextProgram(after: 0)
        } catch {
            throw BPFError(.info, .infoRefused, errno: error, "cannot list the loaded programs").needing([.sysAdmin])
        }
        var survey = Survey(roots: KernelRoots())
        survey.lookAtProcesses(named: names)
        survey.lookAtPins(below: directory)
        return try survey.programs()
    }
}

extension LoadedProgram {
    /// The places with the perf event of a link and the link as one: a process has both open.
    ///
    /// - Parameter places: Those of one program, the events in the order of their descriptors.
    static func merged(_ places: [Place]) -> [Place] {
        let events = places.filter { $0.link == nil }
        let unnamed = places.filter { $0.link != nil && $0.target == nil && $0.kind == "\(LinkKind.perfEvent)" }
        // Before Linux 6.6 a link does not tell of its event. Who has as many of both opens an event and makes its link,
        // one after the other: the first link is that of the first event.
        if !unnamed.isEmpty, unnamed.count == events.count {
            let pairs = zip(unnamed.sorted { ($0.link ?? 0) < ($1.link ?? 0) }, events)
            return places.filter { $0.link != nil && !unnamed.contains($0) }
                + pairs.map { Place(kind: $1.kind, target: $1.target, link: $0.link) }
        }
        return places.filter { place in
            place.link != nil
                || !places.contains { $0.link != nil && $0.kind == place.kind && $0.target == place.target }
        }
    }
}

/// What is found of programs before each is asked.
private struct Survey {
    let roots: KernelRoots
    private var found: [UInt32: Found] = [:]
    /// Names of pins that are looked at, so that no full file system keeps anybody waiting.
    private var left = 4096
    /// What could not be looked at, with the privileges that there are.
    private var closed: [String] = []
    private var names: PlaceNames
    /// The places of links that were asked, by their ids; nil is one that does not answer.
    private var places: [UInt32: LoadedProgram.Place?] = [:]

    private struct Found {
        var places: [LoadedProgram.Place] = []
        var pins: [String] = []
        var holders: Set<LoadedProgram.Holder> = []

        mutating func add(_ place: LoadedProgram.Place) {
            if !places.contains(place) { places.append(place) }
        }
    }

    init(roots: KernelRoots) {
        self.roots = roots
        names = PlaceNames(roots: roots)
    }

    // MARK: - Processes

    mutating func lookAtProcesses(named names: Set<String>) {
        for pid in KernelFile.names(in: roots.proc).compactMap({ Int32($0) }).sorted() where pid != getpid() {
            guard let name = KernelFile.line("\(roots.proc)/\(pid)/comm"), names.contains(name) else { continue }
            let holder = LoadedProgram.Holder(pid: pid, name: name)
            let folder = "\(roots.proc)/\(pid)/fd"
            if KernelFile.isClosed(folder) { closed.append("process \(pid) (\(name))") }
            for file in KernelFile.names(in: folder).compactMap({ Int32($0) }).sorted() {
                look(at: file, of: holder)
            }
        }
    }

    private mutating func look(at file: Int32, of holder: LoadedProgram.Holder) {
        let path = "\(roots.proc)/\(holder.pid)"
        let kind = OwnedDescriptor.kind(at: "\(path)/fd/\(file)")
        if kind == "anon_inode:[perf_event]" {
            guard let event = try? BPFCommand.queryEvent(file, of: holder.pid) else { return }
            let place = LoadedProgram.Place(kind: event.kind, target: event.name)
            found[event.programID, default: Found()].add(place)
            found[event.programID]?.holders.insert(holder)
            return
        }
        guard kind.hasPrefix("anon_inode:bpf"),
            let text = try? KernelFile.text("\(path)/fdinfo/\(file)", limit: 1 << 16)
        else { return }
        guard let program = Self.number("prog_id", in: text) else {
            // A structure of functions has no program of its own, and no link on kernels before 6.4.
            if let link = Self.number("link_id", in: text) {
                note(structureOfLink: link)
            } else if Self.number("map_type", in: text) == MapType.structOps.rawValue,
                let map = Self.number("map_id", in: text)
            {
                note(structure: map, link: nil)
            }
            return
        }
        found[program, default: Found()].holders.insert(holder)
        guard let link = Self.number("link_id", in: text) else { return }
        let place = place(of: link, heldBy: holder.pid) {
            guard let open = try? BPFCommand.openLink(id: link) else { return nil }
            return try? Link.Info(of: open.rawValue)
        }
        if let place { found[program]?.add(place) }
    }

    private mutating func note(structureOfLink id: UInt32) {
        guard let open = try? BPFCommand.openLink(id: id), let info = try? Link.Info(of: open.rawValue),
            let map = info.mapID
        else { return }
        note(structure: map, link: id)
    }

    /// Notes that the programs of a structure are members of it, once it is registered.
    @discardableResult
    private mutating func note(structure id: UInt32, link: UInt32?) -> [UInt32] {
        guard let map = try? Map(id: id), let flags = try? map.info().flags,
            // One that has a link is registered by that.
            link != nil || flags & Map.linkFlag == 0
        else { return [] }
        let place = LoadedProgram.Place(kind: "\(LinkKind.structOps)", target: Map.name(ofID: id), link: link)
        let programs = map.programsOfStructure()
        for program in programs { found[program, default: Found()].add(place) }
        return programs
    }

    /// Where a link is; each is asked once, however many have it open.
    private mutating func place(
        of id: UInt32, heldBy process: Int32?, _ ask: () -> Link.Info?
    ) -> LoadedProgram.Place? {
        if let known = places[id] { return known }
        var place: LoadedProgram.Place?
        if let info = ask() {
            place = LoadedProgram.Place(
                kind: info.event ?? "\(info.kind)", target: info.target(&names, heldBy: process),
                attachType: info.attachType, link: info.id)
        }
        places[id] = .some(place)
        return place
    }

    /// The number behind a key of fdinfo.
    static func number(_ key: String, in text: String) -> UInt32? {
        for line in text.split(separator: "\n") where line.hasPrefix(key + ":") {
            return UInt32(line.dropFirst(key.utf8.count + 1).drop { $0 == "\t" || $0 == " " })
        }
        return nil
    }

    // MARK: - Pins

    mutating func lookAtPins(below directory: String, depth: Int = 8) {
        guard NearPins.isBPFFileSystem(directory) else { return }
        if KernelFile.isClosed(directory) { closed.append(directory) }
        for name in KernelFile.names(in: directory).sorted() where left > 0 {
            left -= 1
            let path = directory + "/" + name
            var status = stat()
            guard unsafe path.withFileName({ unsafe lstat($0, &status) }) == 0 else { continue }
            switch status.st_mode & UInt32(S_IFMT) {
            case UInt32(S_IFDIR): if depth > 0 { lookAtPins(below: path, depth: depth - 1) }
            case UInt32(S_IFREG): look(atPin: path)
            default: continue
            }
        }
    }

    private mutating func look(atPin path: String) {
        guard let descriptor = try? BPFCommand.open(pinnedAt: path) else { return }
        if descriptor.isLink {
            guard let text = try? KernelFile.text("\(roots.proc)/self/fdinfo/\(descriptor.rawValue)", limit: 1 << 16),
                let id = Self.number("link_id", in: text)
            else { return }
            guard let program = Self.number("prog_id", in: text) else {
                guard let map = (try? Link.Info(of: descriptor.rawValue))?.mapID else { return }
                for program in note(structure: map, link: id) { found[program]?.pins.append(path) }
                return
            }
            found[program, default: Found()].pins.append(path)
            let place = place(of: id, heldBy: nil) { try? Link.Info(of: descriptor.rawValue) }
            if let place { found[program]?.add(place) }
        } else if descriptor.kind == "anon_inode:bpf-prog" {
            guard let info = try? Program(descriptor: descriptor).info() else { return }
            found[info.id, default: Found()].pins.append(path)
        }
    }

    // MARK: - Programs

    func programs() throws(BPFError) -> [LoadedProgram] {
        guard closed.isEmpty else {
            throw BPFError(
                .info, .notPermitted, "cannot look at what \(closed.prefix(4).joined(separator: ", ")) holds",
                cause: "it is closed to this user", nextStep: "run it as root: sudo")
        }
        var programs: [LoadedProgram] = []
        var maps: [UInt32: LoadedProgram.UsedMap] = [:]
        for (id, found) in found.sorted(by: { $0.key < $1.key }) where id != 0 {
            let program: Program
            do throws(BPFError) {
                program = try Program(id: id)
            } catch {
                // It has gone meanwhile.
                if error.errno == .noSuchFileOrDirectory { continue }
                throw error
            }
            var loaded = LoadedProgram(info: try program.info())
            loaded.places = LoadedProgram.merged(found.places)
            loaded.pins = found.pins
            loaded.holders = found.holders.sorted { $0.pid < $1.pid }
            for map in try program.mapIDs() {
                if maps[map] == nil, let opened = try? Map(id: map), let info = try? opened.info() {
                    maps[map] = LoadedProgram.UsedMap(id: map, name: info.name, type: info.type)
                }
                if let known = maps[map] { loaded.maps.append(known) }
            }
            programs.append(loaded)
        }
        return programs
    }
}

extension BPFCommand {
    /// A perf event with a program, as `BPF_TASK_FD_QUERY` tells of it (4.18).
    struct EventFacts {
        var programID: UInt32
        var kind: String
        var name: String?
    }

    /// `enum bpf_task_fd_type`, in the order of its numbers.
    private static let eventKinds = ["raw_tracepoint", "tracepoint", "kprobe", "kretprobe", "uprobe", "uretprobe"]

    /// Asks what program is on an open file of a process.
    static func queryEvent(_ file: Int32, of process: Int32) throws(Errno) -> EventFacts {
        var room = [UInt8](repeating: 0, count: 512)
        var attributes = cbpf_task_fd_query_attr()
        attributes.pid = UInt32(bitPattern: process)
        attributes.fd = UInt32(bitPattern: file)
        attributes.buf_len = UInt32(truncatingIfNeeded: room.count)
        try unsafe room.withUnsafeMutableBufferPointer { (buffer) throws(Errno) in
            attributes.buf = UInt64(UInt(bitPattern: buffer.baseAddress))
            try call(CBPF_TASK_FD_QUERY, &attributes)
        }
        let name = String(decoding: room.prefix { $0 != 0 }, as: UTF8.self)
        let offset = attributes.probe_offset
        let kind = Int(attributes.fd_type)
        return EventFacts(
            programID: attributes.prog_id, kind: eventKinds.indices.contains(kind) ? eventKinds[kind] : "perf_event",
            name: name.isEmpty
                ? nil : offset == 0 || kind < 2 ? name : "\(name)+0x\(String(offset, radix: 16))")
    }
}
