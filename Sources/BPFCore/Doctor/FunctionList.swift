// SPDX-License-Identifier: Apache-2.0

internal import BTF
package import BPFObject
package import Diagnostics

/// A function that a list shows.
package struct ListedFunction: Sendable, Equatable {
    /// The name, as the kernel has it.
    package var name: String
    /// The module that has it; nil is the kernel image.
    package var module: String?
    /// How many functions have the name in that place.
    package var copies = 1
    /// The function as C declares it; nil where the types do not have it.
    package var declaration: String?
    /// Whether it takes a kprobe, as far as lists tell.
    package var kprobe = MachineReport.State.works
    /// Whether it takes a program by its types.
    package var fentry = MachineReport.State.works
}

/// The functions of the kernel that a pattern means, with what can be attached to each.
package struct FunctionList: Sendable {
    /// In the order of their modules and names.
    package var functions: [ListedFunction]
    /// What the user should know of how they were found.
    package var notes: [Diagnostic] = []

    /// Looks for them.
    ///
    /// - Throws: A ``BPFError`` where the kernel shows no list of its functions, or none is meant.
    package static func matching(_ pattern: FunctionPattern, on kernel: Kernel) throws(BPFError) -> FunctionList {
        let symbols = try kernel.allSymbols()
        let found = symbols.functions(of: pattern)
        guard !found.isEmpty else {
            let near = symbols.near(pattern.terms[0].name.filter { $0 != "*" && $0 != "?" })
            throw BPFError(
                .resolveProbe, .noSuchFunction, "no function of this kernel is meant by \(pattern)",
                details: near.isEmpty ? [] : ["near: " + near.joined(separator: ", ")],
                nextStep: near.first.map { "did you mean \(.chooseName(near), $0)?" }
                    ?? "write * for any text, as in 'tcp_*'")
        }
        var list = FunctionList(functions: [])
        var traceable: Set<String>?
        do throws(BPFError) {
            let listed = try TraceableFunctions.matching(pattern, roots: kernel.roots)
            traceable = Set(listed.functions.map(\.place))
            list.notes = listed.notes
        } catch {
            list.notes.append(
                Diagnostic(
                    error.code, .note, stage: .resolve, "whether fentry works is not known of each function",
                    cause: error.diagnostic.message + (error.diagnostic.cause.map { ": \($0)" } ?? ""),
                    nextStep: error.diagnostic.hint))
        }
        let blacklist = Tracefs.debugfs(roots: kernel.roots).map { $0 + "/kprobes/blacklist" }
        if !(blacklist.map(KernelFile.mayRead) ?? false) {
            list.notes.append(
                Diagnostic(
                    .nameUnchecked, .note, stage: .resolve,
                    "functions that the kernel keeps probes off are shown with kprobe too",
                    cause: "\(blacklist ?? "kprobes/blacklist of debugfs") cannot be read"))
        }
        list.functions = Self.functions(
            found, traceable: traceable, forbidden: UnprobedFunctions.blacklist(roots: kernel.roots)
        ) { kernel.functionTypes(ofModule: $0) }
        return list
    }

    /// What can be attached to each of some functions.
    ///
    /// - Parameters:
    ///   - found: The functions, copies of one name each.
    ///   - traceable: Those that the function tracer lists, as `[MODULE:]NAME`; nil where its list cannot be read.
    ///   - forbidden: The names of those that the kernel keeps probes off.
    ///   - types: The functions in the types of a module; of the kernel image for nil.
    static func functions(
        _ found: [TraceableFunction], traceable: Set<String>?, forbidden: Set<String>,
        types: (_ module: String?) -> BTFNameIndex?
    ) -> [ListedFunction] {
        var list: [ListedFunction] = []
        var indices: [String: BTFNameIndex?] = [:]
        for function in found.sorted(by: { ($0.module ?? "", $0.name) < ($1.module ?? "", $1.name) }) {
            if let last = list.last, last.name == function.name, last.module == function.module {
                list[list.count - 1].copies += 1
                continue
            }
            let key = function.module ?? "vmlinux"
            let index = indices[key] ?? types(function.module)
            indices[key] = .some(index)
            let ids = index.map { KernelTypes.functions(named: function.name, in: $0) } ?? []
            list.append(
                ListedFunction(
                    name: function.name, module: function.module,
                    declaration: ids.first.flatMap { index?.btf.declaration(ofFunction: $0) },
                    kprobe: forbidden.contains(function.name) ? .no : .works,
                    fentry: FunctionDoctor.fentry(
                        traceable.map { $0.contains(function.place) }, types: index?.btf, ids: ids
                    ).state))
        }
        return list
    }
}
