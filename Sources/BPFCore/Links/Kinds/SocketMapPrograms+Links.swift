// SPDX-License-Identifier: Apache-2.0

internal import BPFObject
internal import CBPF
internal import Diagnostics

extension SocketMapPrograms: KernelAttachKind {
    /// The map is there when the object is loaded.
    func resolve(_ kernel: inout TargetResolver) throws(BPFError) -> ResolvedTarget {
        ResolvedTarget(self, at: SocketMapPlace(map: map, attachType: attachType))
    }
}

/// The sockets of a map.
private struct SocketMapPlace: AttachPlace {
    let map: String
    let attachType: AttachType

    /// A link since Linux 6.10; before, the map holds the program until it is taken off or the map is gone.
    func attach(
        _ program: Int32, at target: ResolvedTarget, _ options: AttachOptions
    ) throws(BPFError) -> Link {
        let sockets = try descriptor(options)
        do throws(Errno) {
            let notes = try checkIsFree(sockets)
            do throws(Errno) {
                let link = try Links.create(
                    program: program, target: UInt32(bitPattern: sockets.rawValue), attachType: attachType)
                return Link(target, way: .socketMapLink, notes: notes, hold: PlainHold(link))
            } catch {
                guard error == .invalidArgument else { throw error }
            }
            // What takes the program off needs it again.
            let held = try OwnedDescriptor.duplicate(of: program)
            try Links.attach(program: program, target: sockets.rawValue, attachType: attachType)
            return Link(
                target, way: .socketMap, notes: notes + [Self.staysBehind],
                hold: SocketMapHold(sockets, program: held, attachType: attachType))
        } catch {
            let cause: String? =
                switch error {
                case .invalidArgument: "the map is no sockmap or sockhash, or the program is of another type"
                case .resourceBusy: "the map has a program of that kind already"
                default: nil
                }
            throw NetworkFailure.untied(
                error, target, error == .resourceBusy ? .hookTaken : .attachRefused, cause: cause,
                nextStep: error == .resourceBusy ? "see which: bpftool prog" : nil)
        }
    }

    /// The kernel puts a program in the place of one that was attached without a link, whoever did that.
    ///
    /// - Throws: `EBUSY` if one is there.
    private func checkIsFree(_ sockets: borrowing OwnedDescriptor) throws(Errno) -> [Diagnostic] {
        // A verdict by parser and one without exclude each other.
        let rivals: [AttachType] =
            switch attachType {
            case .socketStreamVerdict: [.socketStreamVerdict, .socketVerdict]
            case .socketVerdict: [.socketVerdict, .socketStreamVerdict]
            default: [attachType]
            }
        for rival in rivals {
            do throws(Errno) {
                guard try Links.programs(at: sockets.rawValue, attachType: rival).isEmpty else { throw .resourceBusy }
            } catch .invalidArgument {
                // Only a map that others may have is a question.
                return map.utf8.first == UInt8(ascii: "/") ? [Self.mayReplace] : []
            }
        }
        return []
    }

    private static let mayReplace = Diagnostic(
        .probeOtherwise, .note, stage: .attach,
        "this kernel does not tell whether the map has a program already: one that is there is replaced (before Linux 5.18)"
    )
    private static let staysBehind = Diagnostic(
        .probeOtherwise, .note, stage: .attach,
        "attached with BPF_PROG_ATTACH: this kernel has no bpf_link for maps of sockets (before Linux 6.10); of a pinned "
            + "map a loader that is killed leaves the program there")

    private func descriptor(_ options: AttachOptions) throws(BPFError) -> OwnedDescriptor {
        if map.utf8.first == UInt8(ascii: "/") { return try OwnedDescriptor.open(pinnedAt: map) }
        guard let found = options.maps[map] else {
            let names = options.maps.keys.sorted()
            throw BPFError(
                .attachProbe, .mapUnknown, "the object has no map \(map)", cause: NamesThere.words(for: map, names),
                nextStep: NamesThere.hint(for: map, names) ?? "name a map of the object, or the path of a pin")
        }
        do throws(Errno) {
            return try OwnedDescriptor.duplicate(of: found)
        } catch {
            throw BPFError(.attachProbe, .attachRefused, errno: error, "cannot keep the map \(map) open")
        }
    }
}

/// A program that is attached to a map without a link.
private final class SocketMapHold: LinkHold {
    private let map: OwnedDescriptor
    private let program: OwnedDescriptor
    private let attachType: AttachType

    init(_ map: consuming OwnedDescriptor, program: consuming OwnedDescriptor, attachType: AttachType) {
        self.map = map
        self.program = program
        self.attachType = attachType
    }

    deinit { try? Links.detach(program: program.rawValue, target: map.rawValue, attachType: attachType) }

    var link: Result<Int32, LinkLack> {
        .failure(
            LinkLack(cause: "the program was attached with BPF_PROG_ATTACH: before Linux 6.10 maps have no bpf_link"))
    }
}
