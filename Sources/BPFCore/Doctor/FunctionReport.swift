// SPDX-License-Identifier: Apache-2.0

internal import BTF
package import BPFObject
package import Diagnostics

/// What of one function of the kernel can be traced, and how.
package struct FunctionReport: Sendable, Equatable {
    /// The name, as the kernel has it.
    package var name: String
    /// The module that has it; nil is the kernel image.
    package var module: String?
    /// Where it starts; nil where the kernel hides it.
    package var address: UInt64?
    /// The function as C declares it; nil where the types do not have it.
    package var declaration: String?
    /// Each way to attach, whether it can be gone, and why not.
    package var ways: [Way]
    /// What the user should know of it.
    package var notes: [Diagnostic]

    /// One way.
    package struct Way: Sendable, Equatable {
        /// The kind of section: `kprobe`.
        package let name: String
        /// Whether it can be gone.
        package let state: MachineReport.State
        /// Why not; nil where it can.
        package let reason: String?
        /// What helps; nil if nothing is known.
        package var hint: Diagnostic.Hint?
    }

    /// Takes in that the machine does not have a way, or never calls what went it, whatever the function allows.
    mutating func limit(by machine: MachineReport) {
        for (index, way) in ways.enumerated() where way.state == .works {
            guard let known = machine.ways.first(where: { $0.way.rawValue == way.name }), known.state == .no else {
                continue
            }
            ways[index] = Way(name: way.name, state: .no, reason: known.reason)
        }
    }
}

extension Kernel {
    /// All symbols, or why there are none.
    func allSymbols() throws(BPFError) -> KernelSymbols {
        do throws(Errno) {
            return try symbolSource.all()
        } catch {
            throw BPFError(
                .resolveProbe, .kernelFileUnreadable, errno: error, "the functions of the kernel are not known",
                cause: "\(roots.proc)/kallsyms cannot be read: \(error.described)")
        }
    }
}

/// Looks why a function can be probed, or not.
package struct FunctionDoctor {
    private let kernel: Kernel
    /// What is known of the machine: a program is attached for a moment where nothing is in the way.
    private let machine: MachineReport

    /// - Parameters:
    ///   - kernel: The kernel whose functions are meant.
    ///   - machine: What is known of the machine. If kprobes work on it, a program that does nothing is attached to the
    ///     function for a moment.
    package init(kernel: Kernel, machine: MachineReport) {
        self.kernel = kernel
        self.machine = machine
    }

    /// Examines a function.
    ///
    /// - Throws: A ``BPFError`` where there is no such function, or several, or one that takes no probe.
    package func examine(_ target: ProbeTarget) throws(BPFError) -> FunctionReport {
        let symbols = try kernel.allSymbols()
        let probe: ResolvedProbe
        do throws(BPFError) {
            probe = try ProbeResolver.resolve(target, symbols: symbols, roots: kernel.roots)
        } catch {
            var error = error
            // Where a name is near, the other one was a mistake, unless the compiler left a part of it.
            if error.code == .noSuchFunction,
                error.diagnostic.details.isEmpty || !symbols.variants(of: target.symbol).isEmpty
            {
                error.diagnostic.details += inlined(target.symbol)
            }
            throw error
        }
        let types = kernel.functionTypes(ofModule: probe.module)
        let ids = types.map { KernelTypes.functions(named: probe.symbol, in: $0) } ?? []
        var report = FunctionReport(
            name: probe.symbol, module: probe.module, address: probe.address,
            declaration: ids.first.flatMap { types?.btf.declaration(ofFunction: $0) }, ways: ways(probe, types, ids),
            notes: probe.notes)
        report.limit(by: machine)
        return report
    }

    private func ways(_ probe: ResolvedProbe, _ types: BTFNameIndex?, _ ids: [Int]) -> [FunctionReport.Way] {
        let listed = Self.isListed(probe, roots: kernel.roots)
        return [
            kprobe(probe), Self.multi(listed),
            Self.fentry(listed, types: types?.btf, ids: ids),
        ]
    }

    // MARK: - Each way

    private func kprobe(_ probe: ResolvedProbe) -> FunctionReport.Way {
        if let obstacle = machine.obstacle {
            return FunctionReport.Way(
                name: "kprobe", state: .unknown, reason: "not tried: " + (obstacle.cause ?? obstacle.message))
        }
        do {
            let program = try Program.loadQuietly(
                Program.Attributes(
                    type: ProgramType.kprobe.rawValue, name: "doctor",
                    instructions: [Instruction(code: 0xb7), Instruction(code: 0x95)], license: "GPL",
                    kernelVersion: KernelVersion.running(kernel.roots)))
            // It is let go at once.
            _ = try KprobeAttachment.attach(
                program: program.descriptor.rawValue, to: probe, roots: kernel.roots, limits: [])
            return FunctionReport.Way(name: "kprobe", state: .works, reason: nil)
        } catch let error as BPFError {
            let diagnostic = error.explained().diagnostic
            return FunctionReport.Way(
                name: "kprobe", state: .no,
                reason: ([diagnostic.cause ?? diagnostic.message] + diagnostic.details).joined(separator: "; "),
                hint: diagnostic.hint)
        } catch {
            return FunctionReport.Way(name: "kprobe", state: .unknown, reason: "the program was not loaded: \(error)")
        }
    }

    /// Whether the function tracer lists the function; nil where its list cannot be read.
    static func isListed(_ probe: ResolvedProbe, roots: KernelRoots) -> Bool? {
        let text = (probe.module.map { $0 + ":" } ?? "") + probe.symbol
        guard let pattern = try? FunctionPattern(reading: text[...]),
            let listed = try? TraceableFunctions.matching(pattern, roots: roots)
        else { return nil }
        return !listed.functions.isEmpty
    }

    static func multi(_ isListed: Bool?) -> FunctionReport.Way {
        switch isListed {
        case true?: FunctionReport.Way(name: "kprobe.multi", state: .works, reason: nil)
        case false?:
            FunctionReport.Way(
                name: "kprobe.multi", state: .no, reason: "the function tracer does not list it (notrace)")
        case nil: FunctionReport.Way(name: "kprobe.multi", state: .unknown, reason: Self.unreadable)
        }
    }

    private static let unreadable = "available_filter_functions of tracefs cannot be read"

    /// A program by the types of a function.
    ///
    /// - Parameters:
    ///   - isListed: Whether the function tracer lists it.
    ///   - types: The types of the kernel or the module; nil where there are none.
    ///   - ids: The functions of the name in them.
    static func fentry(_ isListed: Bool?, types: BTF?, ids: [Int]) -> FunctionReport.Way {
        func no(_ reason: String) -> FunctionReport.Way {
            FunctionReport.Way(name: "fentry", state: .no, reason: reason)
        }
        guard let types else { return no("there are no types of it (BTF)") }
        guard let id = ids.first else {
            return no(
                "the types do not describe it: the compiler changed its arguments, or several functions share the name")
        }
        guard ids.count == 1 else { return no("the types describe \(ids.count) functions of the name") }
        guard KernelTypes.isTraceable(id, types) else { return no("it takes more arguments than a program gets") }
        switch isListed {
        case true?: return FunctionReport.Way(name: "fentry", state: .works, reason: nil)
        case false?: return no("the function tracer does not list it (notrace)")
        case nil: return FunctionReport.Way(name: "fentry", state: .unknown, reason: unreadable)
        }
    }

    // MARK: - A function that is nowhere

    /// Where it can be read into which functions the compiler put a function.
    private func inlined(_ name: String) -> [String] {
        let images = KernelTypeFiles(roots: kernel.roots, kernel: .current).images.filter { $0.contains("/debug/") }
        guard let image = images.first(where: { KernelFile.exists($0) }) else {
            return [
                "if the compiler inlined it, the debug information of the kernel says where, which is not here: "
                    + "\(images.joined(separator: ", "))"
            ]
        }
        return [
            "if the compiler inlined it, this prints where, as places for kprobes: perf probe -k \(image) -D \(name)"
        ]
    }
}
