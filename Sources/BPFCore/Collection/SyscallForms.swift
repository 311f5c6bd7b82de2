// SPDX-License-Identifier: Apache-2.0

internal import BTF
internal import BPFObject
internal import Diagnostics

/// Chooses where programs on system calls go, and in which form, so that they read the arguments that they mean.
///
/// A plain program on `sys_NAME` reads its arguments from the registers of its context. Since Linux 4.17 the function
/// behind a system call has one argument, a pointer to the user's registers. Two thirds of all system calls have nothing
/// but this wrapper, and the plain functions of the others do not have all that the user passed (`__sys_bpf` takes a
/// structure by value). So programs that load arguments go to the wrapper, with copies of what they load.
struct SyscallForms {
    private(set) var plan: LoadPlan
    private(set) var placements: [CollectionPlan.Placement]
    /// Optional programs that cannot read the arguments.
    private(set) var omissions: [LoadPlan.Omission] = []
    /// What the user should know of the choice.
    private(set) var notes: [Diagnostic] = []

    private let object: Object
    private let kernel: Kernel
    private var resolver: TargetResolver
    private let release: KernelRelease

    init(
        _ plan: LoadPlan, of object: Object, _ placements: [CollectionPlan.Placement], _ kernel: Kernel,
        _ resolver: TargetResolver
    ) {
        self.plan = plan
        self.object = object
        self.placements = placements
        self.kernel = kernel
        self.resolver = resolver
        release = KernelRelease(versionCode: KernelVersion.running())
    }

    /// What the user should know of the places, each once.
    var targetNotes: [Diagnostic] {
        var told: [Diagnostic] = []
        for note in placements.flatMap(\.targets).flatMap(\.notes) where !told.contains(note) { told.append(note) }
        return told
    }

    /// A place that is meant by an older kernel's name for a system call.
    private struct Call {
        let target: ResolvedTarget
        let kprobe: Kprobe
        /// What the kernel has that is nearest to the function of then.
        let found: ResolvedProbe
        let wrapper: ResolvedProbe
        let registers: SyscallRegisters

        var name: String { kprobe.function.symbol }
        /// The function with arguments of its own, if there is one.
        var plain: ResolvedProbe? { found.isWrapper ? nil : found }
        /// What was found, without the warning of what a wrapper is given.
        var withoutWarning: ResolvedTarget {
            let notes = target.notes.filter { $0.code != .syscallArguments }
            return ResolvedTarget(kprobe, probe: found.requested(as: kprobe.function, notes: notes))
        }
    }

    /// Chooses for all programs.
    mutating func choose() throws(BPFError) {
        var chosen: [CollectionPlan.Placement] = []
        for placement in placements {
            do throws(BPFError) {
                chosen += try forms(of: placement)
            } catch {
                let error = error.placed(placement.program)
                guard placement.isOptional else { throw error }
                omissions.append(LoadPlan.Omission(placement.program, because: error.explained().diagnostic))
                chosen.append(placement.at([]))
            }
        }
        placements = chosen
        try followTailCalls()
    }

    private mutating func forms(of placement: CollectionPlan.Placement) throws(BPFError) -> [CollectionPlan.Placement] {
        guard let index = plan.programs.firstIndex(where: { $0.definition.name == placement.program.name }),
            let step = plan.step(ofProgram: index), step.type == .kprobe, step.attachType == nil
        else { return [placement] }
        var asIs: [ResolvedTarget] = []
        var copying: [Call] = []
        let program = plan.programs[index]
        var known: SyscallArguments?
        for target in placement.targets {
            guard let call = call(target) else {
                asIs.append(target)
                continue
            }
            let arguments = known ?? program.syscallArguments(call.registers)
            known = arguments
            if let place = try place(of: program, arguments, at: call, step.license) {
                asIs.append(place)
            } else {
                copying.append(call)
            }
        }
        guard let first = copying.first, let arguments = known else { return [placement.at(asIs)] }
        let rewritten: LinkedProgram
        do throws(ArgumentRefusal) {
            rewritten = try copied(program, arguments)
        } catch {
            let places = try copying.map { call throws(BPFError) in try plain(program, call, because: error) }
            return [placement.at(asIs + places)]
        }
        for call in copying { note(copying: rewritten, at: call) }
        let places = copying.map { ResolvedTarget($0.kprobe, probe: $0.wrapper) }
        var second = placement.at(places)
        second.program = rewritten.definition
        guard !asIs.isEmpty else {
            plan.replace(index, with: rewritten)
            return [second]
        }
        plan.add(rewritten, behind: index)
        notes.append(
            Diagnostic(
                .argumentsCopied, .note, stage: .resolve,
                "program \(program.definition.name) is loaded twice, for \(first.name) and for the others"))
        return [placement.at(asIs), second]
    }

    /// Reads a target as one of a system call by an older kernel's name; nil if it is none, or this kernel has the name.
    private mutating func call(_ target: ResolvedTarget) -> Call? {
        guard let kprobe = target.target.value as? Kprobe, let found = target.probe,
            let wrapper = resolver.wrapper(of: kprobe.function, insteadOf: found),
            let registers = SyscallRegisters(wrapper: wrapper.symbol)
        else { return nil }
        return Call(target: target, kprobe: kprobe, found: found, wrapper: wrapper, registers: registers)
    }

    /// The place for a program as it is; nil if it is to go to the wrapper with copies.
    private mutating func place(
        of program: LinkedProgram, _ arguments: SyscallArguments, at call: Call, _ license: String
    ) throws(BPFError) -> ResolvedTarget? {
        let name = program.definition.name
        switch arguments.reading {
        case .nothing:
            // Nothing of the arguments is read: there is nothing to warn of.
            return arguments.hasTailCall ? call.target : call.withoutWarning
        case .userRegisters(let index):
            let note = Diagnostic(
                .syscallArguments, .note, stage: .resolve,
                "this kernel has \(call.name) as \(call.wrapper.symbol); program \(name) reads the user's registers by "
                    + "itself (instruction \(index)), and is loaded as it is")
            return ResolvedTarget(call.kprobe, probe: call.wrapper.requested(as: call.kprobe.function, notes: [note]))
        case .unclear(let refusal): return try plain(program, call, because: refusal)
        case .arguments:
            guard !License.isGPLCompatible(license) else { return nil }
            let reason = "\(name) is not GPL-compatible (\(license)), and the helper that reads the user's registers is"
            guard let place = call.plain else {
                notes.append(unread(name, on: call.wrapper.symbol, because: reason))
                return call.withoutWarning
            }
            if let parameter = structure(of: place) {
                notes.append(unread(name, on: place.symbol, because: reason + "; " + parameter))
            } else {
                notes.append(asItIs(name, on: place, because: reason))
            }
            return ResolvedTarget(call.kprobe, probe: place.withoutWrapper)
        }
    }

    /// The function that still has the arguments, for a program that cannot be changed.
    private mutating func plain(
        _ program: LinkedProgram, _ call: Call, because refusal: ArgumentRefusal
    ) throws(BPFError) -> ResolvedTarget {
        let name = program.definition.name
        var lack =
            "this kernel has it only as \(call.wrapper.symbol), whose argument is a pointer to the user's registers"
        if let place = call.plain {
            guard let parameter = structure(of: place) else {
                notes.append(asItIs(name, on: place, because: refusal.words))
                return ResolvedTarget(call.kprobe, probe: place.withoutWrapper)
            }
            lack += ", and as \(place.symbol): \(parameter)"
        }
        throw unreadable(program, call.name, refusal, lack)
    }

    private func unreadable(
        _ program: LinkedProgram, _ function: String, _ refusal: ArgumentRefusal, _ lack: String
    ) -> BPFError {
        var error = BPFError(
            .resolveProbe, .argumentsNotRead,
            "program \(program.definition.name) cannot read the arguments of \(function) on this kernel",
            cause: "its loads of them cannot be turned to the user's registers: \(refusal.words)", details: [lack],
            nextStep: "write BPF_KSYSCALL(...) in SEC(\"ksyscall/NAME\"); \(.rawArguments) attaches it as it is")
        error.diagnostic.object = object.name
        error.diagnostic.instruction = refusal.instruction
        error.diagnostic.source = refusal.instruction.flatMap { program.sourceLine(ofInstruction: $0) }
        return error
    }

    private func copied(
        _ program: LinkedProgram, _ arguments: SyscallArguments
    ) throws(ArgumentRefusal) -> LinkedProgram {
        try program.copyingArguments(
            arguments, helper: release < KernelRelease(5, 5) ? Self.probeRead : Self.probeReadKernel,
            stack: StackRules(of: release))
    }

    /// `bpf_probe_read_kernel` (Linux 5.5), and what was there before.
    private static let (probeReadKernel, probeRead): (Int32, Int32) = (113, 4)

    /// Why a function's registers are not the arguments of its system call; nil if they are, as far as its type tells.
    private func structure(of place: ResolvedProbe) -> String? {
        guard let number = kernel.parameterByValue(of: place.symbol) else { return nil }
        return "parameter \(number) of \(place.symbol) is a structure, which takes the registers of the next ones"
    }

    // MARK: - Programs behind others

    /// Programs that are reached through program arrays get the context of those that call them.
    private mutating func followTailCalls() throws(BPFError) {
        let rewritten = placements.filter { $0.program.rewriting != nil }
        guard let caller = rewritten.first else { return }
        var callees: Set<String> = []
        for case .insertProgram(_, _, let function) in plan.steps { callees.insert(function) }
        let isAlone = placements.allSatisfy { $0.program.rewriting != nil || $0.targets.isEmpty }
        for index in plan.programs.indices where plan.programs[index].definition.rewriting == nil {
            let program = plan.programs[index]
            let name = program.definition.name
            guard callees.contains(name), let step = plan.step(ofProgram: index), step.type == .kprobe,
                let registers = wrapperRegisters(of: caller)
            else { continue }
            let arguments = program.syscallArguments(registers)
            guard arguments.reading != .nothing else { continue }
            let refusal: ArgumentRefusal
            switch arguments.reading {
            case .nothing, .userRegisters: continue
            case .unclear(let reason): refusal = reason
            case .arguments:
                do throws(ArgumentRefusal) {
                    guard isAlone else { throw ArgumentRefusal(reason: .severalCallers, instruction: nil) }
                    let changed = try copied(program, arguments)
                    plan.replace(index, with: changed)
                    for place in placements.indices where placements[place].program.name == name {
                        placements[place].program = changed.definition
                    }
                    continue
                } catch {
                    refusal = error
                }
            }
            throw unreadable(
                program, caller.targets.first?.probe?.requested.symbol ?? "", refusal,
                "program \(caller.program.name) goes on in it (bpf_tail_call)"
            ).placed(program.definition)
        }
    }

    private func wrapperRegisters(of placement: CollectionPlan.Placement) -> SyscallRegisters? {
        placement.targets.first?.probe.flatMap { SyscallRegisters(wrapper: $0.symbol) }
    }

    // MARK: - Words

    private mutating func note(copying program: LinkedProgram, at call: Call) {
        let loads = program.definition.rewriting?.loads ?? 0
        notes.append(
            Diagnostic(
                .argumentsCopied, .note, stage: .resolve,
                "this kernel has \(call.name) as \(call.wrapper.symbol); program \(program.definition.name) reads its "
                    + "arguments there from a copy (\(loads) load\(loads == 1 ? "" : "s") changed)"))
    }

    private func asItIs(_ name: String, on place: ResolvedProbe, because reason: String) -> Diagnostic {
        Diagnostic(
            .syscallArguments, .note, stage: .resolve,
            "program \(name) is loaded as it is, and reads the arguments of \(place.symbol)", cause: reason)
    }

    private func unread(_ name: String, on symbol: String, because reason: String) -> Diagnostic {
        Diagnostic(
            .syscallArguments, .warning, stage: .resolve,
            "program \(name) is loaded as it is, and what it reads on \(symbol) are not the arguments of the system call",
            cause: reason, nextStep: "write char LICENSE[] SEC(\"license\") = \"GPL\"; if that is the license")
    }
}

extension CollectionPlan.Placement {
    /// The same program at other places.
    fileprivate func at(_ targets: [ResolvedTarget]) -> CollectionPlan.Placement {
        var placement = self
        placement.targets = targets
        return placement
    }
}

extension Kernel {
    /// The number, from 1, of the first parameter of a function that is a structure or union by value; nil if there is
    /// none, or no type of the function.
    func parameterByValue(of function: String) -> Int? {
        guard let index = try? functionTypes(), let id = index.id(named: function, kind: .function),
            let type = index.btf[id], let prototype = index.btf[type.sizeOrType], prototype.kind == .prototype
        else { return nil }
        let place = index.btf.parameters(of: prototype).firstIndex { parameter in
            index.btf.resolved(parameter.type).map { $0.kind == .structure || $0.kind == .union } ?? false
        }
        return place.map { $0 + 1 }
    }
}
