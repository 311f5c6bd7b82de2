// SPDX-License-Identifier: Apache-2.0

internal import BPFObject
internal import CBPF
internal import Diagnostics
internal import Synchronization

extension StructOps: KernelAttachKind {
    func resolve(_ kernel: inout TargetResolver) throws(BPFError) -> ResolvedTarget {
        throw TargetResolver.notAttached(AttachTarget(self))
    }
}

extension AttachWay {
    /// A structure of functions, registered by a link (Linux 6.4).
    static let structureLink = AttachWay(rawValue: "BPF_MAP_UPDATE_ELEM, bpf_link")
    /// A structure of functions, registered by what is put into its map (Linux 5.6).
    static let structureValue = AttachWay(rawValue: "BPF_MAP_UPDATE_ELEM")
}

/// A structure of functions in the kernel.
private struct StructOpsPlace: AttachPlace {
    let structure: StructOps

    func attach(
        _ program: Int32, at target: ResolvedTarget, _ options: AttachOptions
    ) throws(BPFError) -> Link {
        throw TargetResolver.notAttached(target.target)
    }
}

extension StructureLayout {
    /// Registers the structure: from here on the kernel calls its programs.
    ///
    /// A link does it wherever the kernel has one, whatever the object asks for: what is registered without stays when
    /// its process is killed, until the next one takes it off (``StaleStructures``).
    ///
    /// - Parameters:
    ///   - map: The map that was created for it.
    ///   - variable: The name of the object's variable.
    ///   - programs: The descriptors of its loaded programs, by their names.
    func register(
        _ map: borrowing Map, _ variable: String, programs: [String: Int32], roots: KernelRoots
    ) throws(BPFError) -> Link {
        let kind = StructOps(variable, type: type, name: registeredName)
        let target = ResolvedTarget(kind, at: StructOpsPlace(structure: kind))
        var value = value
        for function in functions {
            guard let program = programs[function.program] else {
                throw BPFError(
                    .attachProbe, .structOpsRefused, "cannot register \(kind)",
                    cause: "its program \(function.program) is not loaded")
            }
            value.replaceSubrange(
                function.offset..<(function.offset + 8), with: UInt64(UInt32(bitPattern: program)).bytes)
        }
        let hasLink = try map.info().flags & Map.linkFlag != 0
        var notes: [Diagnostic] = []
        if !hasLink {
            notes = StaleStructures.reap(roots: roots)
            if let first = functions.first.flatMap({ programs[$0.program] }) {
                try StaleStructures.mark(map, by: first, roots: roots)
            }
            notes.append(
                Diagnostic(
                    .probeOtherwise, .note, stage: .attach, "\(kind) is registered without a link",
                    cause: "kernels have links of struct_ops since Linux 6.4",
                    details: [
                        "killed with SIGKILL, this process leaves it behind, and the next one that registers one takes "
                            + "it off"
                    ]))
        }
        do throws(Errno) {
            try map.update(key: UInt32(0).bytes, value: value)
            guard hasLink else {
                return Link(
                    target, way: .structureValue, notes: notes,
                    hold: RegistrationHold(try OwnedDescriptor.duplicate(of: map.descriptor.rawValue)))
            }
            return Link(
                target, way: .structureLink, notes: notes,
                hold: PlainHold(try Links.create(structure: map.descriptor.rawValue)))
        } catch {
            throw refusal(error, kind, roots)
        }
    }

    private func refusal(_ errno: Errno, _ kind: StructOps, _ roots: KernelRoots) -> BPFError {
        var cause: String?
        var step: Diagnostic.Hint?
        switch errno {
        case .fileExists:
            cause = "the name \(kind.name ?? "") is taken already"
            step = "end what has it (bpftool struct_ops list), or give the structure another name"
        case .resourceBusy where type == "sched_ext_ops":
            let other = KernelFile.line("\(roots.sys)/kernel/sched_ext/root/ops")
            cause = "another scheduler is enabled" + (other.map { ": \($0.terminalSafe)" } ?? "")
            step = "end it first (bpftool struct_ops list)"
        case .invalidArgument where !lacks.isEmpty:
            cause = "it does not do without \(lacks.joined(separator: ", "))"
            step = "set \(lacks.count == 1 ? "that member" : "these members") of the structure"
        case .invalidArgument, .argListTooLong, .outOfRange, .notSupportedByKernel:
            cause = "the values or the functions of the structure do not pass its checks"
            step = "see what it says of it: dmesg"
        default: break
        }
        return BPFError(
            .attachProbe, .structOpsRefused, errno: errno, "the kernel does not register \(kind)", cause: cause,
            nextStep: step)
    }
}

/// A structure that was registered by what is in its map: deleting that takes it off.
private final class RegistrationHold: LinkHold {
    private let map: OwnedDescriptor
    private let isRegistered = Mutex(true)

    init(_ map: consuming OwnedDescriptor) { self.map = map }

    deinit { try? detach() }

    var link: Result<Int32, LinkLack> {
        .failure(
            LinkLack(
                cause: "the structure is registered without one: kernels have links of struct_ops since Linux 6.4",
                nextStep: "leave the loader running"))
    }

    func detach() throws(BPFError) {
        let wasRegistered = isRegistered.withLock { registered in
            defer { registered = false }
            return registered
        }
        guard wasRegistered else { return }
        do throws(Errno) {
            try BPFCommand.deleteElement(map: map.rawValue, key: UInt32(0).bytes.span)
        } catch {
            // Who took it off before has done the same.
            guard error != .noSuchFileOrDirectory, error != .nowInProgress else { return }
            throw BPFError(
                .detachProbe, .detachFailed, errno: error, "the structure stays registered",
                nextStep: "take it off: bpftool struct_ops unregister name NAME")
        }
    }
}

extension Link {
    /// Whether the kernel took a structure of functions off by itself, as it does with a scheduler that fails.
    ///
    /// Links tell of it since Linux 6.11; those of schedulers stay as they are, and the state of all of them tells.
    func isTakenOff(roots: KernelRoots) -> Bool {
        guard let structure = target?.target.value as? StructOps, case .success(let descriptor) = hold.link else {
            return false
        }
        if structure.type == "sched_ext_ops", KernelFile.line("\(roots.sys)/kernel/sched_ext/state") == "disabled" {
            return true
        }
        var file = pollfd(fd: descriptor, events: 0, revents: 0)
        return unsafe poll(&file, 1, 0) == 1 && file.revents & Int16(POLLHUP) != 0
    }
}

// MARK: - What a killed process leaves

/// Structures that processes registered without a link and that are gone, as SIGKILL leaves them.
///
/// A program of the structure holds a map that tells whose it is.
enum StaleStructures {
    /// The name of that map; the kernel keeps 15 bytes of a name.
    private static let ownerName = "swift_bpf_owner"
    /// The namespace, the process, its start, the id of the structure's map: 8 bytes each.
    private static let ownerSize = 32

    /// Notes whose a structure is, before it is registered.
    ///
    /// - Parameters:
    ///   - map: The structure's map.
    ///   - program: One of its programs.
    static func mark(_ map: borrowing Map, by program: Int32, roots: KernelRoots) throws(BPFError) {
        let owner = ProcessIdentity.current(roots: roots)
        let mark = try Map.create(
            Map.Attributes(
                type: .array, keySize: 4, valueSize: UInt32(ownerSize), maxEntries: 1, name: ownerName))
        let facts = [owner.namespace, UInt64(UInt32(bitPattern: owner.pid)), owner.start, UInt64(try map.info().id)]
        do throws(Errno) {
            try mark.update(key: UInt32(0).bytes, value: facts.flatMap(\.bytes))
            try BPFCommand.bind(map: mark.descriptor.rawValue, to: program)
        } catch {
            // Kernels before 5.10 bind no maps: nobody knows whose it is then.
            guard error != .invalidArgument else { return }
            throw BPFError(.attachProbe, .attachRefused, errno: error, "cannot note whose the structure is")
        }
    }

    /// Takes off the structures of processes that are gone.
    ///
    /// - Returns: A note for each; nothing where programs of others may not be looked at.
    static func reap(roots: KernelRoots) -> [Diagnostic] {
        var notes: [Diagnostic] = []
        var last: UInt32 = 0
        while let id = try? BPFCommand.nextProgram(after: last) {
            last = id
            guard let program = try? Program(id: id), let info = try? program.info(), info.type == .structOps,
                let (owner, structure) = mark(of: program), owner.isGone(roots: roots),
                let map = try? Map(id: structure), map.type == .structOps, holds(map, id)
            else { continue }
            // Another process may do the same at this time, and is the one to tell.
            guard (try? map.delete(key: 0)) != nil else { continue }
            let name = (try? map.info().name) ?? "structure"
            notes.append(
                Diagnostic(
                    .staleStructureRemoved, .note, stage: .cleanup,
                    "took off the structure \(name.terminalSafe) that process \(owner.pid) left registered"))
        }
        return notes
    }

    /// Whose structure a program is in, and the id of its map.
    private static func mark(of program: borrowing Program) -> (owner: ProcessIdentity, structure: UInt32)? {
        for id in (try? program.mapIDs()) ?? [] {
            guard let map = try? Map(id: id), map.type == .array, map.valueSize == ownerSize,
                (try? map.info().name) == ownerName, let found = try? map.lookUp(key: UInt32(0).bytes)
            else { continue }
            let words: [UInt64] = (0..<4).map { Memory.value(found[(8 * $0)..<(8 * $0 + 8)]) }
            guard let pid = Int32(exactly: words[1]), pid > 0, let structure = UInt32(exactly: words[3]) else {
                continue
            }
            return (ProcessIdentity(namespace: words[0], pid: pid, start: words[2]), structure)
        }
        return nil
    }

    /// Whether a structure has a program.
    private static func holds(_ map: borrowing Map, _ program: UInt32) -> Bool {
        map.programsOfStructure().contains(program)
    }
}

extension Map {
    /// The ids of the programs in a registered structure of functions, as its value has them; none of another map.
    func programsOfStructure() -> [UInt32] {
        guard type == .structOps, let value = try? lookUp(key: UInt32(0).bytes) else { return [] }
        var found: [UInt32] = []
        for start in stride(from: 8, through: value.count - 8, by: 8) {
            let word: UInt64 = Memory.value(value[start..<(start + 8)])
            // A number among the data may look like one, and is hardly that of a program of the same kind.
            guard word != 0, let id = UInt32(exactly: word), !found.contains(id), let program = try? Program(id: id),
                (try? program.info().type) == .structOps
            else { continue }
            found.append(id)
        }
        return found
    }
}
