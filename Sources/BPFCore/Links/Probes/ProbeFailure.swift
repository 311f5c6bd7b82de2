// SPDX-License-Identifier: Apache-2.0

internal import BPFObject
internal import Diagnostics

/// Why there is no place for a probe, and what is near.
enum ProbeFailure {
    /// The name stands for several functions.
    static func severalCopies(_ copies: [KernelSymbols.Function], _ target: ProbeTarget) -> BPFError {
        let modules = Set(copies.map { $0.module ?? "vmlinux" })
        let example = copies.first { function in
            copies.count { $0.module == function.module } == 1
        }
        return BPFError(
            .resolveProbe, .functionAmbiguous, "\(target) means \(copies.count) functions of this kernel",
            cause:
                "static functions of several source files share the name, and the kernel would refuse it or pick one",
            details: list(copies),
            nextStep: modules.count > 1 && target.module == nil && example != nil
                ? example.map { "name the one: \($0.module ?? "vmlinux"):\($0.name)" }
                : "choose one by its number or address, such as \(.chooseFunction(choice(target, "2")), choice(target, "2")), or all: \(choice(target, "all"))"
        )
    }

    /// There is no such one among them.
    static func noSuchCopy(_ copies: [KernelSymbols.Function], _ target: ProbeTarget) -> BPFError {
        BPFError(
            .resolveProbe, .functionCopyUnknown, "there is no function \(target) in this kernel",
            cause: "\(copies.count) have the name, and none of them is \(target.copy.map { "\($0)" } ?? "meant")",
            details: list(copies), nextStep: "choose one of these")
    }

    /// Who wants one place has chosen several.
    static func severalPlaces(_ count: Int, _ target: ProbeTarget) -> BPFError {
        BPFError(
            .resolveProbe, .functionAmbiguous, "\(target) means \(count) functions, where one is expected",
            nextStep: "choose one by its number: \(.chooseFunction(choice(target, "1")), choice(target, "1"))")
    }

    /// They differ in nothing but addresses, which the kernel hides.
    static func hiddenCopies(_ target: ProbeTarget, roots: KernelRoots) -> BPFError {
        BPFError(
            .resolveProbe, .functionIndistinguishable, "\(target) cannot be distinguished from others of the same name",
            cause: "\(roots.proc)/kallsyms shows no addresses to this user",
            nextStep:
                "run it as root, with \(.setKernelParameter("kernel.kptr_restrict"), "sysctl kernel.kptr_restrict=1") or 0"
        )
    }

    private static func choice(_ target: ProbeTarget, _ copy: String) -> String {
        (target.module.map { $0 + ":" } ?? "") + target.symbol + "@" + copy
    }

    private static func list(_ copies: [KernelSymbols.Function]) -> [String] {
        copies.prefix(20).enumerated().map { index, function in
            let address = function.address.map { "0x" + String($0, radix: 16) } ?? "(address hidden)"
            return "\(function.name)@\(index + 1): \(function.module ?? "vmlinux") \(address)"
        } + (copies.count > 20 ? ["and \(copies.count - 20) more"] : [])
    }

    /// Whether the kernel keeps probes off a function (`NOKPROBE_SYMBOL`, entry code), as far as debugfs tells.
    static func isBlacklisted(_ symbol: String, roots: KernelRoots) -> Bool {
        guard let list = blacklist(roots), let text = try? KernelFile.text(list, limit: 4 << 20) else { return false }
        // `0xffffffff81000000-0xffffffff81000010<tab>name`
        return text.split(separator: "\n").contains { line in
            line.split { $0 == "\t" || $0 == " " }.dropFirst().first.map { $0 == symbol } ?? false
        }
    }

    /// The kernel keeps probes off this function.
    static func blacklisted(_ symbol: String, roots: KernelRoots) -> BPFError {
        BPFError(
            .resolveProbe, .functionForbidsProbes, "\(symbol) takes no probe",
            cause: "the kernel keeps probes off it, since probes themselves run it: "
                + "\(blacklist(roots) ?? "kprobes/blacklist") lists it",
            nextStep: "probe a function that calls it")
    }

    /// The offset leads out of the function.
    static func beyondEnd(of function: KernelSymbols.Function, size: UInt64, target: ProbeTarget) -> BPFError {
        BPFError(
            .resolveProbe, .offsetBeyondFunction, "\(target) lies beyond the end of the function",
            cause: "\(function.name) has 0x\(String(size, radix: 16)) bytes",
            nextStep: "take a smaller offset, or leave it out")
    }

    private static func blacklist(_ roots: KernelRoots) -> String? {
        Tracefs.debugfs(roots: roots).map { $0 + "/kprobes/blacklist" }
    }

    /// No function has the name.
    static func notFound(_ target: ProbeTarget, symbols: KernelSymbols, roots: KernelRoots) -> BPFError {
        let elsewhere = target.module == nil ? [] : symbols.functions(named: target.symbol)
        let near = symbols.near(target.symbol)
        let (cause, step) = reason(target, symbols: symbols, elsewhere: elsewhere, roots: roots)
        return BPFError(
            .resolveProbe, .noSuchFunction, "there is no function \(target) in this kernel", cause: cause,
            details: elsewhere.isEmpty && !near.isEmpty ? ["near: " + near.joined(separator: ", ")] : [],
            nextStep: step ?? near.first.map { "did you mean \(.chooseName([$0]), $0)?" }
                ?? "all there are: cat \(roots.proc)/kallsyms")
    }

    private static func reason(
        _ target: ProbeTarget, symbols: KernelSymbols, elsewhere: [KernelSymbols.Function], roots: KernelRoots
    ) -> (cause: String, nextStep: Diagnostic.Hint?) {
        if let module = target.module, module != "vmlinux" {
            if let lack = KernelModules(roots: roots).lack(of: module) { return lack }
        }
        if let other = elsewhere.first {
            let place = other.module ?? "vmlinux"
            return ("it is not in \(target.module ?? "vmlinux") but in \(place)", "name it as \(place):\(other.name)")
        }
        let variants = symbols.variants(of: target.symbol)
        if !variants.isEmpty {
            return variants.allSatisfy({ $0.contains(".cold") || $0.contains(".part.") })
                ? ("the compiler inlined it; what is left under its name is a part of it", nil)
                : ("the compiler kept only a changed copy, whose arguments may differ", nil)
        }
        if symbols.hasData(named: target.symbol) { return ("the symbol is data and not a function", nil) }
        if target.module == nil, let module = KernelModules(roots: roots).exporter(of: target.symbol) {
            return (
                "it is a function of the module \(module), which is not loaded",
                "load it: \(.loadModule(module), "modprobe \(module)")"
            )
        }
        return ("no symbol has that name: misspelt, inlined everywhere, or not part of this kernel", nil)
    }
}
