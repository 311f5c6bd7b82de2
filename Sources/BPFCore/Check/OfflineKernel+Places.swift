// SPDX-License-Identifier: Apache-2.0

package import BPFObject
internal import BTF
internal import Diagnostics

extension OfflineKernel {
    package func place(of target: AttachTarget) -> CheckedPlace {
        if target.typeInKernel?.program != nil {
            return .notAsked("\(target): looked for among the loaded programs")
        }
        do throws(EnvironmentError) {
            if let type = target.typeInKernel {
                if try has(type) { return .there("\(target)") }
                // The same words as when it is attached.
                var resolver = TargetResolver(roots: roots)
                return isRunning
                    ? .absent(resolver.missing(target).diagnostic)
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
        case let many as MultiKprobes:
            guard let symbols, symbols.functions(of: many.functions).isEmpty else { return placeOutside(target) }
            return .absent(
                Diagnostic(
                    .noSuchFunction, stage: .resolve, "no function of this kernel is meant by \(many.functions)",
                    nextStep: "write * for any text, as in 'tcp_*'"))
        default: return placeOutside(target)
        }
    }

    /// Devices, control groups, files of users: of this machine they are looked up.
    private func placeOutside(_ target: AttachTarget) -> CheckedPlace {
        guard isRunning, let kind = KernelAttachKinds.find(target) else { return .notAsked("\(target)") }
        var resolver = TargetResolver(roots: roots)
        resolver.process = process
        do throws(BPFError) {
            return try kind.isThere(resolver) ? .there("\(target)") : .notAsked("\(target)")
        } catch {
            let isClosed = error.errno == .permissionDenied || error.errno == .notPermitted
            guard error.isTargetMissing, !isClosed else { return .notKnown(error.diagnostic.message) }
            return .absent(error.diagnostic)
        }
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
