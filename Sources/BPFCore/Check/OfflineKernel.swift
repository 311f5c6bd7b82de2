// SPDX-License-Identifier: Apache-2.0

package import BTF
package import BPFObject
package import Diagnostics

/// A kernel that is known by files alone: its types, its symbols, its configuration.
///
/// It is the running one, or another one of which somebody has the files. bpf(2) is not called.
package final class OfflineKernel: CheckedKernel {
    /// How it is called in reports.
    package let name: String
    /// Its release; nil if nothing tells it.
    package let release: KernelRelease?
    /// The files that it is known by.
    package private(set) var sources: [String]

    private let isRunning: Bool
    /// `LINUX_KERNEL_VERSION`; 0 if nothing tells it.
    private let version: UInt32
    private let roots: KernelRoots
    private let types: BTFNameIndex?
    private let others: BTFNameIndex?
    private let whyNoTypes: Diagnostic
    private let modules: [(name: String, relocatable: BTFNameIndex, others: BTFNameIndex)]
    private let symbols: KernelSymbols?
    private let mountPoint: String

    /// A place where nothing is, for what a kernel of another machine shows in /proc and /sys.
    private static let nowhere = KernelRoots(
        proc: "/dev/null/proc", sys: "/dev/null/sys", modules: "/dev/null/modules", files: "/dev/null")

    /// The running kernel, by what it shows to every user.
    ///
    /// - Parameters:
    ///   - roots: Where /proc and /sys are.
    ///   - mountPoint: Where its bpf file system is.
    package init(running roots: KernelRoots = KernelRoots(), mountPoint: String = PinPath.usualMountPoint) {
        let facts = UnameFacts.current
        name = facts.release
        let code = KernelVersion.running(roots)
        release = code == 0 ? nil : KernelRelease(versionCode: code)
        version = code
        isRunning = true
        self.roots = roots
        self.mountPoint = mountPoint
        var sources: [String] = []
        var blobs: [(name: String, relocatable: BTFNameIndex, others: BTFNameIndex)] = []
        let files = KernelTypeFiles(roots: roots, kernel: facts, asksKernel: false)
        var missing = Self.noTypes(facts.release, nil)
        var found: BTF?
        do throws(BPFError) {
            found = try files.running()
            sources.append(files.own)
        } catch {
            missing = error.diagnostic
        }
        types = found.map { BTFNameIndex($0) }
        others = found.map { BTFNameIndex($0, kinds: [.function, .variable]) }
        whyNoTypes = missing
        if let base = found {
            let folder = roots.sys + "/kernel/btf"
            for module in KernelFile.names(in: folder).sorted() where module != "vmlinux" {
                guard let types = try? BTFFile.types("\(folder)/\(module)", base: base) else { continue }
                blobs.append((module, BTFNameIndex(types), BTFNameIndex(types, kinds: [.function, .variable])))
            }
        }
        modules = blobs
        symbols = try? KernelSymbols(roots: roots)
        if symbols != nil { sources.append(roots.proc + "/kallsyms") }
        self.sources = sources
    }

    /// Another kernel.
    ///
    /// - Parameters:
    ///   - name: Its release as text, such as `5.10` or `6.1.0-13-amd64`.
    ///   - btf: A file of its types, if there is one.
    ///   - kallsyms: A file of its symbols, if there is one.
    package init(named name: String, btf: String?, kallsyms: String?) throws(BPFError) {
        self.name = name
        release = KernelFolder.release(in: name)
        version = release.map { KernelVersion.code($0.major, $0.minor, 0) } ?? 0
        isRunning = false
        roots = Self.nowhere
        mountPoint = PinPath.usualMountPoint
        modules = []
        let found: BTF?
        if let btf { found = try KernelTypeFiles(roots: roots, kernel: .current).named(btf) } else { found = nil }
        types = found.map { BTFNameIndex($0) }
        others = found.map { BTFNameIndex($0, kinds: [.function, .variable]) }
        whyNoTypes = Self.noTypes(name, "give a file of them, or a directory: \(.kernelTypes, "FILE")")
        if let kallsyms {
            do throws(Errno) {
                symbols = KernelSymbols(kallsyms: try KernelFile.bytes(kallsyms, limit: 256 << 20))
            } catch {
                throw BPFError(
                    .readKernelFile, .kernelTypesNotGiven, errno: error,
                    "cannot read the symbols of \(name) from \(kallsyms)")
            }
        } else {
            symbols = nil
        }
        sources = [btf, kallsyms].compactMap(\.self)
    }

    private static func noTypes(_ name: String, _ next: Diagnostic.Hint?) -> Diagnostic {
        Diagnostic(
            .kernelTypesMissing, stage: .resolve, "the types of kernel \(name) are not here", nextStep: next)
    }

    // MARK: - What is not known

    /// Whether an error is there only since a file of the kernel is not.
    package func isUnknown(_ code: Diagnostic.Code) -> Bool {
        switch code {
        case .kernelTypesMissing: types == nil
        case .kernelFileUnreadable: symbols == nil
        // Of another machine's kernel the configuration and the modules are not here.
        case .kconfigMissing, .kfuncMissing, .kernelVariableMissing, .noSuchTarget: !isRunning
        default: false
        }
    }

    // MARK: - Types

    package func kernelTypes() throws(TargetTypesError) -> BTFNameIndex {
        guard let types else { throw TargetTypesError(whyNoTypes) }
        return types
    }

    package func moduleTypes() -> [BTFNameIndex] { modules.map(\.relocatable) }

    package func variable(named name: String) throws(EnvironmentError) -> KernelObject? { try find(name, .variable) }

    package func function(named name: String) throws(EnvironmentError) -> KernelObject? { try find(name, .function) }

    package func function(named name: String, inModule module: String) throws(EnvironmentError) -> KernelObject? {
        try find(name, .function, in: module)
    }

    /// Loaded programs are asked for with bpf(2): what is there shows when the program is loaded.
    package func function(of program: ProgramFunction) throws(EnvironmentError) -> KernelObject? { KernelObject(id: 1) }

    package func typedef(named name: String) throws(EnvironmentError) -> KernelObject? { try find(name, .typedef) }

    package func structure(named name: String) throws(EnvironmentError) -> KernelStructure? {
        guard let types else { throw EnvironmentError(whyNoTypes) }
        if let found = KernelStructure(named: name, in: types) { return found }
        for (index, module) in modules.enumerated() {
            if let found = KernelStructure(named: name, in: module.relocatable, module: Self.id(index)) { return found }
        }
        return nil
    }

    /// Any number but 0: the ids of modules are asked for with bpf(2).
    private static func id(_ index: Int) -> UInt32 { UInt32(truncatingIfNeeded: index) + 1 }

    private func find(
        _ name: String, _ kind: BTFKind, in module: String? = nil
    ) throws(EnvironmentError) -> KernelObject? {
        guard let types, let others else { throw EnvironmentError(whyNoTypes) }
        if module == nil || module == "vmlinux",
            let id = (kind == .typedef ? types : others).id(named: name, kind: kind)
        {
            return KernelObject(id: UInt32(truncatingIfNeeded: id))
        }
        for (index, blob) in modules.enumerated() where module == nil || blob.name == module {
            guard let id = (kind == .typedef ? blob.relocatable : blob.others).id(named: name, kind: kind) else {
                continue
            }
            return KernelObject(id: UInt32(truncatingIfNeeded: id), module: Self.id(index))
        }
        return nil
    }

    // MARK: - Symbols, facts, configuration

    /// Some address: those that are hidden from a user are there all the same.
    package func address(ofSymbol name: String) throws(EnvironmentError) -> UInt64? {
        guard let symbols else {
            throw EnvironmentError(
                Diagnostic(
                    .kernelFileUnreadable, stage: .resolve, "the symbols of kernel \(self.name) are not here",
                    cause: "\(name) is found by its name among them"))
        }
        let addresses = symbols.addresses(of: name)
        guard addresses.count <= 1 else {
            throw EnvironmentError(
                Diagnostic(
                    .kernelSymbolAmbiguous, stage: .resolve,
                    "the kernel has \(addresses.count) symbols of the name \(name)",
                    cause: "an extern without a type is found by its name alone",
                    nextStep: "declare it with its type, or use a name that is there once"))
        }
        return addresses.first.map { max($0, 1) }
    }

    package func facts(_ names: [String]) throws(EnvironmentError) -> KernelFacts {
        let wrappers = SyscallName(symbol: "__sys_bpf")?.wrapperSymbols ?? []
        let hasWrappers = wrappers.contains { name in
            others?.id(named: name, kind: .function) != nil || symbols?.functions(named: name).isEmpty == false
        }
        let isKnown = others != nil || symbols != nil
        return KernelFacts(
            version: version,
            hasCookies: release.map { $0 >= KernelRelease(5, 15) } ?? true,
            hasSyscallWrappers: isKnown ? hasWrappers : true)
    }

    package func configuration() throws(EnvironmentError) -> KernelConfiguration {
        isRunning ? KernelConfig.read(roots: roots) : KernelConfiguration(text: [], source: "no file of kernel \(name)")
    }
}

// MARK: - Places

extension OfflineKernel {
    package func place(of target: AttachTarget) -> CheckedPlace {
        if target.typeInKernel?.program != nil {
            return .notAsked("\(target): looked for among the loaded programs")
        }
        do throws(EnvironmentError) {
            if let type = target.typeInKernel {
                if try has(type) { return .there("\(target)") }
                return isRunning
                    ? .absent(missing(target, "its BTF does not have \(type.name)"))
                    : .notKnown("whether a module of the kernel has \(type.name): their types are not here")
            }
        } catch {
            return .notKnown(error.diagnostic.message)
        }
        switch target.value {
        case let probe as Kprobe: return place(of: probe.function)
        case let call as SystemCall: return place(ofSystemCall: call.name, target)
        case let tracepoint as RawTracepoint: return place(ofTracepoint: tracepoint.name, target, .noSuchTracepoint)
        case let event as TraceEvent:
            guard event.category == "syscalls" else {
                if isRunning { return place(ofTraceEvent: event.category, event.name, target) }
                return place(ofTracepoint: event.name, target, .noSuchTraceEvent)
            }
            let name = event.name.dropFirst(event.name.hasPrefix("sys_enter_") ? 10 : 9)
            return event.name.hasPrefix("sys_e") ? place(ofSystemCall: String(name), target) : .notKnown("\(target)")
        default: return .notAsked("\(target)")
        }
    }

    private func missing(_ target: AttachTarget, _ cause: String) -> Diagnostic {
        Diagnostic(.noSuchTarget, stage: .resolve, "there is no \(target) in this kernel", cause: cause)
    }

    private func place(of probe: ProbeTarget) -> CheckedPlace {
        if let symbols {
            do throws(BPFError) {
                if probe.copy == .all {
                    let places = try ProbeResolver.resolveCopies(probe, symbols: symbols, roots: roots)
                    return .there(places.map { "\($0)" }.joined(separator: ", "))
                }
                return .there("\(try ProbeResolver.resolve(probe, symbols: symbols, roots: roots))")
            } catch {
                return .absent(error.diagnostic)
            }
        }
        if others?.id(named: probe.symbol, kind: .function) != nil { return .there(probe.symbol) }
        return .notKnown("whether the kernel has the function \(probe.symbol): its symbols are not here")
    }

    private func place(ofSystemCall name: String, _ target: AttachTarget) -> CheckedPlace {
        if let symbols {
            if let handler = SyscallHandler.find(name, symbols) { return .there(handler) }
            let near = SyscallHandler.near(name, symbols)
            return .absent(
                Diagnostic(
                    .noSuchSystemCall, stage: .resolve, "there is no system call \(name) in this kernel",
                    details: near.isEmpty ? [] : ["near: " + near.joined(separator: ", ")],
                    nextStep: near.first.map { "did you mean \(.chooseName([$0]), $0)?" }))
        }
        if others?.id(named: SyscallHandler.native(name), kind: .function) != nil { return .there("\(target)") }
        return .notKnown("whether the kernel has the system call \(name): its symbols are not here")
    }

    /// Not each trace event is of a tracepoint: probes of others and the tracer's own have none.
    private func place(ofTraceEvent category: String, _ name: String, _ target: AttachTarget) -> CheckedPlace {
        let events = [roots.sys + "/kernel/tracing", roots.sys + "/kernel/debug/tracing"].map { $0 + "/events" }
        guard let folder = events.first(where: KernelFile.mayRead) else {
            if case .there(let place) = place(ofTracepoint: name, target, .noSuchTraceEvent) { return .there(place) }
            return .notKnown("whether the kernel has the \(target): tracefs is closed to this user, or not mounted")
        }
        if KernelFile.exists("\(folder)/\(category)/\(name)") { return .there("\(target)") }
        let near = EditDistance.names(near: name, among: KernelFile.names(in: "\(folder)/\(category)"))
        return .absent(
            Diagnostic(
                .noSuchTraceEvent, stage: .resolve, "there is no \(target) in this kernel",
                cause: "\(folder)/\(category) has no event of the name; that of a module is there while it is loaded",
                details: near.isEmpty ? [] : ["near: " + near.joined(separator: ", ")],
                nextStep: near.first.map { "did you mean \(.chooseName([$0]), $0)?" }))
    }

    /// Each tracepoint has a typedef in BTF, and since Linux 5.10 a function among the symbols.
    private func place(ofTracepoint name: String, _ target: AttachTarget, _ code: Diagnostic.Code) -> CheckedPlace {
        let prefix = "btf_trace_"
        for index in [types].compactMap(\.self) + modules.map(\.relocatable)
        where index.id(named: prefix + name, kind: .typedef) != nil {
            return .there("\(target)")
        }
        let caller = TargetFailure.caller
        if let symbols, !symbols.functions(named: caller + name).isEmpty { return .there("\(target)") }
        // Of another machine's kernel the modules are not here.
        let isKnown =
            isRunning && types?.id(named: prefix + "sched_switch", kind: .typedef) != nil
            || symbols?.functions(named: caller + "sched_switch").isEmpty == false
        guard isKnown else { return .notKnown("whether the kernel has the \(target)") }
        let near =
            symbols?.near(caller + name, limit: 8).filter { $0.hasPrefix(caller) }.prefix(5)
            .map { String($0.dropFirst(caller.count)) } ?? []
        return .absent(
            Diagnostic(
                code, stage: .resolve, "there is no \(target) in this kernel",
                cause: "no tracepoint has the name; that of a module is there while the module is loaded",
                details: near.isEmpty ? [] : ["near: " + near.joined(separator: ", ")],
                nextStep: near.first.map { "did you mean \(.chooseName([$0]), $0)?" }))
    }

    package func pin(at pin: LoadPlan.Pin) -> CheckedPin {
        let path = pin.path ?? ([mountPoint] + pin.directories + [pin.name]).joined(separator: "/")
        guard isRunning else { return CheckedPin(path: path, state: .notKnown) }
        if KernelFile.exists(path) { return CheckedPin(path: path, state: .reused) }
        return CheckedPin(path: path, state: KernelFile.mayExist(path) ? .notKnown : .created)
    }
}
