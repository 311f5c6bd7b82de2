// SPDX-License-Identifier: Apache-2.0

package import BPFObject
internal import CBPF
internal import Diagnostics

extension UserTracepoint: KernelAttachKind {
    func resolve(_ kernel: inout TargetResolver) throws(BPFError) -> ResolvedTarget {
        let finder = UserFileFinder(roots: kernel.roots, process: kernel.process)
        let found = try finder.find(file)
        let (elf, usable) = try usable(in: found)
        let place = TracepointPlace(found, isFixed: elf.isFixed, usable, process: kernel.process)
        let variants = UserNotes.variants(of: found, named: file, finder).map { [$0] } ?? []
        return ResolvedTarget(self, at: place, notes: variants + notes(usable))
    }

    func isThere(_ kernel: TargetResolver) throws(BPFError) -> Bool {
        let found = try UserFileFinder(roots: kernel.roots, process: kernel.process).find(file)
        return try !usable(in: found).probes.isEmpty
    }

    /// The places of the file that are meant.
    private func usable(in found: UserFile) throws(BPFError) -> (elf: UserELF, probes: [USDTProbe]) {
        let (elf, probes) = try UserTracepoints.all(of: found, name: file)
        let meant = probes.filter(matches)
        guard !meant.isEmpty else { throw missing(among: probes) }
        let usable = elf.withVariables(meant).filter {
            $0.offset != nil && ($0.semaphore == nil || $0.semaphoreOffset != nil)
        }
        guard !usable.isEmpty else {
            throw BPFError(
                .resolveProbe, .userFileMalformed, "\(self) has no place in the file",
                cause: "its note names an address that no part of the file is mapped to")
        }
        return (elf, usable)
    }

    /// Arguments that programs will not get.
    private func notes(_ probes: [USDTProbe]) -> [Diagnostic] {
        var told: [Diagnostic] = []
        for probe in probes {
            for (number, argument) in probe.arguments.enumerated() {
                guard case .unreadable(let reason) = argument.place else { continue }
                let note = Self.unread(probe, number, reason)
                if told.count < 8, !told.contains(note) { told.append(note) }
            }
        }
        return told
    }

    fileprivate static func unread(_ probe: USDTProbe, _ number: Int, _ reason: String) -> Diagnostic {
        let text = probe.arguments.indices.contains(number) ? " (\(probe.arguments[number].text))" : ""
        return Diagnostic(
            .tracepointArgumentUnread, .note, stage: .resolve,
            "argument \(number) of \(probe.provider):\(probe.name) cannot be read\(text)", cause: reason)
    }

    private func missing(among probes: [USDTProbe]) -> BPFError {
        let names = Array(Set(probes.map { "\($0.provider):\($0.name)" })).sorted()
        guard !names.isEmpty else {
            return BPFError(
                .resolveProbe, .noSuchUserTracepoint, "\(file) has no static tracepoints",
                cause: "it has no section .note.stapsdt: it was built without them",
                nextStep: "use a function: uprobe/\(file):FUNCTION")
        }
        let near = EditDistance.names(near: "\(provider):\(name)", among: names)
        let sameName = names.filter { $0.hasSuffix(":" + name) }
        let shown = near.isEmpty ? sameName : near
        return BPFError(
            .resolveProbe, .noSuchUserTracepoint, "there is no tracepoint \(provider):\(name) in \(file)",
            cause: "it has \(names.count) of other names",
            details: [
                "\(shown.isEmpty ? "such as" : "near"): "
                    + (shown.isEmpty ? names : shown).prefix(8).joined(separator: ", ")
            ],
            nextStep: shown.first.map { "did you mean \($0)?" } ?? "see all: \(.targets, "usdt:\(file)")")
    }
}

/// Static tracepoints of programs and libraries.
package enum UserTracepoints {
    /// Those of a file.
    ///
    /// - Parameters:
    ///   - name: A path or a name, as in a section of kind `usdt`.
    ///   - process: The process that finds the file; nil is this machine.
    package static func all(
        of name: String, process: Int32? = nil, roots: KernelRoots = KernelRoots()
    ) throws(BPFError) -> [USDTProbe] {
        let (elf, probes) = try all(of: UserFileFinder(roots: roots, process: process).find(name), name: name)
        return elf.withVariables(probes)
    }

    /// Those of a file, with the variables that arguments are in not looked for yet.
    fileprivate static func all(of file: UserFile, name: String) throws(BPFError) -> (elf: UserELF, probes: [USDTProbe])
    {
        do throws(UserELFError) {
            let elf = try UserELF(file)
            return (elf, try elf.tracepoints())
        } catch {
            throw UserFailure.unreadable(name, error)
        }
    }

    /// Whether the kernel calls programs on a `nop5` without a trap.
    static let areFast = cbpf_has_uprobe_call() != 0
}

extension UserELF {
    /// Tracepoints whose arguments in variables are found by the instruction pointer, wherever the program is.
    fileprivate func withVariables(_ probes: [USDTProbe]) -> [USDTProbe] {
        let names = Set(probes.lazy.flatMap(\.variables))
        guard !names.isEmpty else { return probes }
        let addresses = addresses(ofVariables: names)
        return probes.map { $0.variables.isEmpty ? $0 : $0.reading(variables: addresses) }
    }
}

/// The places of static tracepoints of a file.
struct TracepointPlace: AttachPlace {
    let file: UserFile
    /// Whether the program runs where its addresses say.
    let isFixed: Bool
    let probes: [USDTProbe]
    private let place: UserPlace

    init(_ file: UserFile, isFixed: Bool, _ probes: [USDTProbe], process: Int32?) {
        self.file = file
        self.isFixed = isFixed
        let spots = probes.map { probe in
            UserSpot(
                offset: Self.spot(of: probe, in: file), counter: probe.semaphoreOffset ?? 0,
                name: "\(probe.provider):\(probe.name)")
        }
        // What is found from the instruction pointer is found from where the probe is.
        self.probes = zip(probes, spots).map { $0.probed(behind: $1.offset - ($0.offset ?? $1.offset)) }
        place = UserPlace(file, spots: spots, moment: .entry, isForMany: true, process: process)
    }

    var userPlaces: UserPlaceFacts? { place.userPlaces }

    var attachTypeOfLoad: AttachType? { place.attachTypeOfLoad }

    static func == (left: TracepointPlace, right: TracepointPlace) -> Bool {
        left.file.identity == right.file.identity && left.probes == right.probes
    }

    var hook: String? {
        guard probes.count == 1, let offset = probes[0].offset else { return nil }
        return "\(file.path)+0x\(String(offset, radix: 16))"
    }

    func attach(
        _ program: Int32, at target: ResolvedTarget, _ options: AttachOptions
    ) throws(BPFError) -> Link {
        guard let specs = options.tracepointSpecs else { return try place.attach(program, at: target, options) }
        let taken = try specs.take(probes.map(\.arguments), for: target)
        if !specs.hasCookies {
            let mappings =
                isFixed ? [] : ProcessMemory.mappings(of: file, process: options.process, roots: options.roots)
            for (index, spot) in place.spots.enumerated() {
                try taken.add(addresses(of: probes[index], spot, mappings, target), slot: index, target)
            }
        }
        return try place.attach(
            program, cookies: taken.slots.map { UInt64($0) }, at: target, options, notes: notes(specs), keeping: taken)
    }

    /// Arguments that programs of this object do not get, although others would.
    private func notes(_ specs: TracepointSpecs) -> [Diagnostic] {
        var told: [Diagnostic] = []
        for probe in probes {
            for (number, argument) in probe.arguments.enumerated() {
                guard told.count < 8, let reason = specs.lack(of: argument, number: number) else { continue }
                let note = UserTracepoint.unread(probe, number, reason)
                if !told.contains(note) { told.append(note) }
            }
        }
        return told
    }

    /// Where the probe goes: on the second of `nop; nop5`, which costs a call instead of a trap.
    private static func spot(of probe: USDTProbe, in file: UserFile) -> UInt64 {
        let offset = probe.offset ?? 0
        let pair: [UInt8] = [0x90, 0x0f, 0x1f, 0x44, 0x00, 0x00]
        return UserTracepoints.areFast && file.bytes(at: offset, count: pair.count) == pair ? offset + 1 : offset
    }

    /// What the instruction pointer is there, in each process that may come by.
    private func addresses(
        of probe: USDTProbe, _ spot: UserSpot, _ mappings: [ProcessMapping], _ target: ResolvedTarget
    ) throws(BPFError) -> Set<UInt64> {
        if isFixed { return [probe.address &+ (spot.offset - (probe.offset ?? spot.offset))] }
        let found = Set(mappings.compactMap { $0.address(ofOffset: spot.offset) })
        guard found.isEmpty else { return found }
        throw BPFError(
            .attachProbe, .cookiesUnsupported, "cannot attach the program to \(target)",
            cause: "this kernel has no cookies (Linux 5.15): a probe is known by its address, which each process has "
                + "for itself, and none runs the file now",
            nextStep: "start the program that is to be traced first; \(.process) names one of several")
    }
}
