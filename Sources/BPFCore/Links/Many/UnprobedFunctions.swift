// SPDX-License-Identifier: Apache-2.0

internal import BPFObject
internal import Diagnostics

/// Functions that a pattern means and that take no program.
enum UnprobedFunctions {
    /// The names of the functions that the kernel keeps probes off.
    static func blacklist(roots: KernelRoots) -> Set<String> {
        guard let debugfs = Tracefs.debugfs(roots: roots),
            let text = try? KernelFile.text(debugfs + "/kprobes/blacklist", limit: 4 << 20)
        else { return [] }
        // `0xffffffff81000000-0xffffffff81000010<tab>name`
        return Set(
            text.split(separator: "\n").compactMap { line in
                line.split { $0 == "\t" || $0 == " " }.dropFirst().first.map(String.init)
            })
    }

    /// Those that are left, each with the reason, as `name: reason`.
    ///
    /// - Parameters:
    ///   - taken: The names of those that take a program.
    ///   - reason: Why others do not that nothing more is known of.
    static func of(
        _ pattern: FunctionPattern, besides taken: Set<String>, symbols: KernelSymbols, roots: KernelRoots,
        reason usual: String = "the function tracer does not list it (notrace)"
    ) -> [String] {
        let blacklist = blacklist(roots: roots)
        var seen: Set<String> = []
        return symbols.functions(of: pattern).compactMap { function in
            guard !taken.contains(function.name), seen.insert(function.place).inserted else { return nil }
            let reason =
                blacklist.contains(function.name)
                ? "probes themselves run it (kprobes/blacklist)"
                : function.name.contains(".cold")
                    ? "a part of a function" : usual
            return "\(function.place): \(reason)"
        }
    }
}

extension KernelSymbols {
    /// The functions that a pattern means.
    func functions(of pattern: FunctionPattern) -> [TraceableFunction] {
        records.compactMap { record in
            let name = bytes[Int(record.name)..<Int(record.end)]
            guard pattern.matches(name, in: function(record).module ?? "vmlinux") else { return nil }
            let function = function(record)
            return TraceableFunction(name: function.name, module: function.module, address: function.address)
        }
    }
}

/// Names that were given one by one and are not among the functions that take a program.
enum MissingNames {
    /// Why a program does not go to the others alone.
    static func refused(
        _ names: [FunctionPattern.Term], of target: MultiKprobes, symbols: KernelSymbols?, roots: KernelRoots
    ) -> BPFError {
        if let symbols {
            for term in names where symbols.functions(named: term.name, module: term.module).isEmpty {
                guard let probe = try? ProbeTarget(parsing: term.place) else { continue }
                return ProbeFailure.notFound(probe, symbols: symbols, roots: roots)
            }
        }
        let shown = names.prefix(5).map(\.place).joined(separator: ", ") + (names.count > 5 ? ", …" : "")
        return BPFError(
            .resolveProbe, symbols == nil ? .noSuchFunction : .functionForbidsProbes,
            "cannot attach the program to \(target)",
            cause: "the kernel takes no programs at the entry of \(shown)", nextStep: "leave them out")
    }
}

/// What a user is told of many functions.
enum ManyNotes {
    /// A probe for each, where the kernel has nothing else.
    static func each(_ count: Int) -> Diagnostic {
        Diagnostic(
            .probeOtherwise, .note, stage: .attach, "each of \(count) functions takes a probe of its own",
            cause: "this kernel has no links to many functions (kprobe.multi: Linux 5.18, with CONFIG_FPROBE)")
    }

    /// Functions that the kernel refused when it was asked.
    static func refused(_ names: [String], _ errno: Errno) -> Diagnostic {
        Diagnostic(
            .functionsLeftOut, .note, stage: .attach,
            "the kernel takes no program on \(names.count) of the functions: \(names.prefix(5).joined(separator: ", "))"
                + (names.count > 5 ? " …" : ""),
            cause: errno.described)
    }

    /// Functions that were left out from the start.
    static func left(_ names: [String], _ pattern: FunctionPattern) -> Diagnostic {
        Diagnostic(
            .functionsLeftOut, .note, stage: .attach,
            "\(names.count) of the functions that \(pattern) means \(names.count == 1 ? "takes" : "take") no program",
            details: names)
    }
}
