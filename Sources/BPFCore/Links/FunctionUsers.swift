// SPDX-License-Identifier: Apache-2.0

internal import BPFObject
internal import CBPF
internal import Diagnostics

/// Who has hold of a function where the kernel answers `EBUSY`, as the system tells.
enum FunctionUsers {
    /// Why a function is busy, and what works in its place.
    typealias Words = (cause: String, nextStep: Diagnostic.Hint?)

    // MARK: - Functions of the kernel

    /// Looks for what keeps others off the entry of a function of the kernel.
    ///
    /// - Parameters:
    ///   - symbol: The function, as kallsyms has it.
    ///   - module: The module that has it; nil is the kernel image, or not known.
    /// - Returns: nil if the system names nobody.
    static func words(of symbol: String, module: String?, roots: KernelRoots) -> Words? {
        if let patch = livePatch(of: symbol, module: module, roots: roots) {
            return (
                "the live patch \(patch) replaces \(symbol), and this kernel takes no other there",
                "attach to a function that calls it, or take the patch off: echo 0 > "
                    + "\(roots.sys)/kernel/livepatch/\(patch)/enabled"
            )
        }
        guard let tracefs = Tracefs.find(roots: roots),
            let use = entry(of: symbol, module: module, in: tracefs.path + "/enabled_functions")
        else { return nil }
        // The kernel's own trampolines of BPF are shared by all programs.
        if let call = use.directCall, !call.hasPrefix("bpf_trampoline_") {
            return (
                "another tracer has the direct call at the entry of \(symbol): \(call)",
                "attach a \(.attachAs("kprobe"), "kprobe"), which shares the function with it, or unload that tracer"
            )
        }
        guard use.movesCallers else { return nil }
        return (
            "somebody else changes where calls of \(symbol) go, such as a live patch or a module "
                + "(the flag I in \(tracefs.path)/enabled_functions)",
            "attach to a function that calls it"
        )
    }

    /// The same for many functions, of which the first few are looked at.
    static func words(ofAny functions: [TraceableFunction], roots: KernelRoots) -> Words? {
        functions.lazy.prefix(32).compactMap { words(of: $0.name, module: $0.module, roots: roots) }.first
    }

    /// A line of `enabled_functions`, with those that belong to it.
    struct Entry: Equatable {
        /// `FTRACE_FL_IPMODIFY`: somebody changes where the caller gets to.
        var movesCallers = false
        /// What is called without the function tracer between; nil is nothing.
        var directCall: String?
    }

    private static func entry(of symbol: String, module: String?, in list: String) -> Entry? {
        var reader = EntryReader(symbol: symbol, module: module)
        guard (try? KernelFile.forEachLine(of: list, { reader.take($0) })) != nil else { return nil }
        return reader.found
    }

    /// Finds a function in `enabled_functions`.
    ///
    /// `name [module] (2) R I D   tramp: ...`, and below it, behind a tab, `direct-->name+0x0/0x10 [module]`.
    struct EntryReader {
        private let symbol: [UInt8]
        private let module: [UInt8]?
        private var isWithin = false
        private(set) var found: Entry?

        init(symbol: String, module: String?) {
            self.symbol = Array(symbol.utf8)
            self.module = module.flatMap { $0 == "vmlinux" ? nil : Array($0.utf8) }
        }

        mutating func take(_ line: ArraySlice<UInt8>) {
            if line.first == UInt8(ascii: "\t") {
                let text = String(decoding: line, as: UTF8.self)
                guard isWithin, let arrow = text.firstRange(of: "direct-->") else { return }
                found?.directCall = Self.called(text[arrow.upperBound...])
                return
            }
            isWithin = false
            let name = line.prefix { $0 > UInt8(ascii: " ") }
            guard found == nil, name.elementsEqual(symbol) else { return }
            var rest = String(decoding: line[name.endIndex...], as: UTF8.self)[...]
            if let module {
                guard rest.contains("[\(String(decoding: module, as: UTF8.self))]") else { return }
            }
            isWithin = true
            var entry = Entry()
            if let end = rest.firstIndex(of: ")") { rest = rest[end...].dropFirst() }
            let flags = rest.prefix { $0 != "\t" }.prefix(16)
            entry.movesCallers = flags.contains("I")
            if let arrow = rest.firstRange(of: "direct-->") {
                entry.directCall = Self.called(rest[arrow.upperBound...])
            }
            found = entry
        }

        /// `my_tramp+0x0/0x10 [module]` without the numbers.
        private static func called(_ text: Substring) -> String {
            let name = text.prefix { $0 != "+" && !$0.isWhitespace }
            let module = text.firstIndex(of: "[").map { " " + text[$0...].prefix { $0 != "\t" } } ?? ""
            return "\(name)\(module)"
        }
    }

    /// The patch that replaces a function: `livepatch/PATCH/OBJECT/FUNCTION,NUMBER`.
    private static func livePatch(of symbol: String, module: String?, roots: KernelRoots) -> String? {
        let folder = roots.sys + "/kernel/livepatch"
        return KernelFile.names(in: folder).sorted().first { patch in
            guard KernelFile.number("\(folder)/\(patch)/enabled") != 0 else { return false }
            let objects = module.map { [$0] } ?? KernelFile.names(in: "\(folder)/\(patch)")
            return objects.contains { object in
                KernelFile.names(in: "\(folder)/\(patch)/\(object)").contains { $0.hasPrefix(symbol + ",") }
            }
        }
    }

    // MARK: - Functions of programs

    /// Looks for the links on a function of a loaded program, which is either watched or replaced, and not both.
    ///
    /// - Returns: nil if none is seen: looking takes `CAP_SYS_ADMIN`, and not all kernels tell.
    static func words(of function: ProgramFunction) -> Words? {
        guard let found = try? function.find() else { return nil }
        var last: UInt32 = 0
        // Ids only grow, so this ends; no machine has as many links.
        for _ in 0..<(1 << 16) {
            guard let id = try? BPFCommand.next(Int(CBPF_LINK_GET_NEXT_ID), after: last) else { return nil }
            last = id
            // It may be gone since.
            guard let link = try? BPFCommand.openLink(id: id), let info = try? Links.info(of: link.rawValue),
                info.traced?.object == found.program, info.traced?.type == found.id
            else { continue }
            let holder = info.facts.prog_id
            let name = (try? Program(id: holder).info())?.name ?? ""
            let subject = "program \(holder)\(name.isEmpty ? "" : " (\(name))")"
            return (
                info.attachType == AttachType(rawValue: 0)
                    ? "\(subject) stands in for \(function) already (link \(id)), and the kernel takes no other program there"
                    : "\(subject) watches \(function) (link \(id)), and the kernel replaces nothing that is watched",
                "take that program off first"
            )
        }
        return nil
    }
}
