// SPDX-License-Identifier: Apache-2.0

internal import BPFObject
internal import BasicContainers
internal import Diagnostics

/// Many functions with one program, as one link where the kernel has such links, else with a probe for each.
struct ManyFunctionsPlace: AttachPlace {
    let target: MultiKprobes
    /// The functions, each once; by names alone where the kernel finds them by itself.
    let found: [TraceableFunction]
    /// Whether one link covers them.
    let isOneLink: Bool

    var functions: [String] { found.map(\.place) }

    /// A program of probes is loaded for none of the links that its section speaks of.
    var attachTypeOfLoad: AttachType? {
        isOneLink ? target.attachType : target.isPlain ? nil : AttachType(rawValue: 0)
    }

    func attach(
        _ program: Int32, at target: ResolvedTarget, _ options: AttachOptions
    ) throws(BPFError) -> Link {
        guard isOneLink else { return try attachEach(program, target, options) }
        let refusal: Errno
        do throws(Errno) {
            return Link(target, way: .multiLink, hold: ManyHold(try link(program, found)))
        } catch {
            refusal = error
        }
        guard Self.dependsOnPlace(refusal) else { throw refused(refusal, target, [], options.roots) }
        if refusal == .invalidArgument, self.target.moment != .session, found.count <= Self.mostProbes,
            (try? link(program, Array(found.prefix(1)))) == nil,
            let link = try? attachEach(program, target, options)
        {
            // It was loaded as a program of one probe.
            return link
        }
        return try attachAccepted(program, target, refusal, options)
    }

    private func link(_ program: Int32, _ functions: [TraceableFunction]) throws(Errno) -> OwnedDescriptor {
        let addresses = functions.compactMap(\.address)
        return try Links.create(
            program: program, attachType: target.attachType,
            functions: addresses.count == functions.count ? .addresses(addresses) : .names(functions.map(\.name)),
            atReturn: target.moment == .exit)
    }

    // MARK: - What the kernel refuses

    /// Whether it may be one of the functions that was refused.
    private static func dependsOnPlace(_ errno: Errno) -> Bool {
        errno == .noSuchProcess || AttachFailure.dependsOnPlace(errno)
    }

    /// Finds those that are refused by halves, and attaches to the others.
    private func attachAccepted(
        _ program: Int32, _ target: ResolvedTarget, _ refusal: Errno, _ options: AttachOptions
    ) throws(BPFError) -> Link {
        // Names that were given one by one are all wanted.
        guard self.target.functions.exactNames == nil else { throw explained(refusal, target, options) }
        let bad = RefusedParts.find(in: found) { part throws(Errno) in _ = try link(program, part) }
        guard let bad, bad.count < found.count else { throw refused(refusal, target, [], options.roots) }
        let rest = found.indices.filter { !bad.contains($0) }.map { found[$0] }
        try checkNames(among: rest, refusal, target, options.roots)
        do throws(Errno) {
            let hold = ManyHold(try link(program, rest))
            let left = ResolvedTarget(
                self.target, at: ManyFunctionsPlace(target: self.target, found: rest, isOneLink: true))
            return Link(
                left, way: .multiLink, notes: [ManyNotes.refused(bad.sorted().map { found[$0].place }, refusal)],
                hold: hold)
        } catch {
            throw refused(error, target, [], options.roots)
        }
    }

    /// Names that were given one by one are all wanted, beside patterns too.
    private func checkNames(
        among taken: [TraceableFunction], _ refusal: Errno, _ target: ResolvedTarget,
        _ roots: KernelRoots
    ) throws(BPFError) {
        let absent = self.target.functions.names(missingAmong: taken.lazy.map { ($0.name, $0.module) })
        guard absent.isEmpty else { throw refused(refusal, target, absent.map(\.place), roots) }
    }

    /// Of names that the kernel was to find by itself, those that it has not, with what is near.
    private func explained(_ errno: Errno, _ target: ResolvedTarget, _ options: AttachOptions) -> BPFError {
        guard let symbols = try? KernelSymbols(roots: options.roots) else {
            return refused(errno, target, [], options.roots)
        }
        var unseen: [String] = []
        for function in found {
            guard let probe = try? ProbeTarget(parsing: function.place) else { continue }
            if symbols.functions(named: function.name).isEmpty {
                return ProbeFailure.notFound(probe, symbols: symbols, roots: options.roots)
            }
            if let pattern = try? FunctionPattern(reading: function.name[...]),
                let listed = try? TraceableFunctions.matching(pattern, roots: options.roots), listed.functions.isEmpty
            {
                unseen.append(function.name)
            }
        }
        return refused(errno, target, unseen, options.roots)
    }

    private func refused(
        _ errno: Errno, _ target: ResolvedTarget, _ unseen: [String], _ roots: KernelRoots
    ) -> BPFError {
        let holder = errno == .resourceBusy ? FunctionUsers.words(ofAny: found, roots: roots) : nil
        let cause: String? =
            switch errno {
            case _ where !unseen.isEmpty:
                "the kernel takes no programs at the entry of \(unseen.prefix(5).joined(separator: ", "))"
            case .noSuchProcess: "it does not have one of the functions, or takes no programs at its entry"
            case .invalidArgument: "the program was loaded for another way of attaching"
            case .resourceBusy:
                holder?.cause
                    ?? "another user of one of the functions keeps programs off, and the system does not tell which"
            default: nil
            }
        return BPFError(
            .attachProbe, errno == .noSuchProcess ? .noSuchFunction : .attachRefused, errno: errno,
            "cannot attach the program to \(target)", cause: cause,
            nextStep: unseen.isEmpty ? holder?.nextStep : "leave them out")
    }

    // MARK: - A probe for each

    /// The most functions that get a probe each: every one takes two descriptors and some time to let go.
    static let mostProbes = 1024

    private func attachEach(
        _ program: Int32, _ target: ResolvedTarget, _ options: AttachOptions
    ) throws(BPFError) -> Link {
        let surroundings = AttachSurroundings(roots: options.roots, limits: options.limits)
        var probes = UniqueArray<KprobeAttachment>()
        var notes: [Diagnostic] = []
        var taken: [TraceableFunction] = []
        var left: [String] = []
        var refusal: BPFError?
        for function in found {
            let probe: ProbeTarget
            do throws(ProbeTargetError) {
                probe = try ProbeTarget(parsing: function.place, isReturn: self.target.moment == .exit)
            } catch {
                left.append(function.place)
                continue
            }
            do throws(BPFError) {
                let attachment = try KprobeAttachment.attach(
                    program: program,
                    to: ResolvedProbe(
                        requested: probe, module: function.module, symbol: function.name, address: function.address,
                        needsAddress: function.address != nil), surroundings)
                for note in attachment.notes where !notes.contains(note) { notes.append(note) }
                probes.append(attachment)
                taken.append(function)
            } catch {
                guard let errno = error.errno, AttachFailure.dependsOnPlace(errno) else { throw error }
                refusal = refusal ?? error
                left.append(function.place)
            }
        }
        guard let way = probes.isEmpty ? nil : probes[0].way else {
            throw refusal ?? refused(.invalidArgument, target, left, options.roots)
        }
        try checkNames(among: taken, refusal?.errno ?? .invalidArgument, target, options.roots)
        if !left.isEmpty { notes.append(ManyNotes.refused(left, refusal?.errno ?? .invalidArgument)) }
        let there = ResolvedTarget(
            self.target, at: ManyFunctionsPlace(target: self.target, found: taken, isOneLink: false))
        return Link(there, way: way, notes: notes, hold: EachHold(probes))
    }

    // MARK: - What is not seen

    /// Functions that the pattern means and that take no program.
    func unseenCalls(_ roots: KernelRoots, _: KernelSymbols?) -> [Diagnostic] {
        guard target.functions.exactNames == nil, let symbols = try? KernelSymbols(roots: roots) else { return [] }
        let left = UnprobedFunctions.of(
            target.functions, besides: Set(found.map(\.name)), symbols: symbols, roots: roots)
        return left.isEmpty ? [] : [ManyNotes.left(left, target.functions)]
    }
}

/// One link to many functions.
private final class ManyHold: LinkHold {
    private let descriptor: OwnedDescriptor

    init(_ descriptor: consuming OwnedDescriptor) { self.descriptor = descriptor }

    var link: Result<Int32, LinkLack> { .success(descriptor.rawValue) }
    func missed() -> UInt64? { try? Links.missedOfMany(link: descriptor.rawValue) }
}

/// A probe on each of many functions.
private final class EachHold: LinkHold {
    private let probes: UniqueArray<KprobeAttachment>

    init(_ probes: consuming UniqueArray<KprobeAttachment>) { self.probes = probes }

    var link: Result<Int32, LinkLack> {
        guard probes.count == 1 else {
            return .failure(
                LinkLack(
                    cause: "each of the \(probes.count) functions has a probe of its own",
                    nextStep: "use a kernel with kprobe.multi (Linux 5.18, CONFIG_FPROBE)"))
        }
        return probes[0].linkNumber
    }

    func missed() -> UInt64? {
        var sum: UInt64?
        for index in probes.indices {
            if let count = probes[index].missed() { sum = (sum ?? 0) &+ count }
        }
        return sum
    }
}

/// Which of many the kernel refuses, where it says no more than that it refuses one.
enum RefusedParts {
    /// The most attempts: each makes a link and lets it go.
    private static let mostAttempts = 96

    /// Tries halves of what was refused, and halves of those.
    ///
    /// - Parameter attempt: Throws if the kernel refuses that part.
    /// - Returns: The indices of those that are refused alone; nil if they are too many to be found.
    static func find<Element>(
        in all: [Element], _ attempt: ([Element]) throws(Errno) -> Void
    ) -> Set<Int>? {
        var refused: Set<Int> = []
        var attempts = 0
        var open: [Range<Int>] = [all.indices]
        while let range = open.popLast() {
            guard range.count > 1 else {
                refused.formUnion(range)
                continue
            }
            let middle = range.lowerBound + range.count / 2
            for half in [range.lowerBound..<middle, middle..<range.upperBound] {
                attempts += 1
                guard attempts <= mostAttempts else { return nil }
                do throws(Errno) {
                    try attempt(Array(all[half]))
                } catch {
                    open.append(half)
                }
            }
        }
        return refused
    }
}

extension AttachWay {
    /// One bpf_link to many functions of the kernel (Linux 5.18; both moments 6.10).
    public static let multiLink = AttachWay(rawValue: "kprobe.multi, bpf_link")
}
