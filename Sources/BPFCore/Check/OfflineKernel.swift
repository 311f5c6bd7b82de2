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

    let isRunning: Bool
    /// Bytes of memory of this machine; nil for a kernel of another.
    package var memory: UInt64? { isRunning ? MachineSettings.memory(roots: roots) : nil }
    /// `LINUX_KERNEL_VERSION`; 0 if nothing tells it.
    private let version: UInt32
    let roots: KernelRoots
    /// The only process that is to be traced.
    let process: Int32?
    let types: BTFNameIndex?
    let others: BTFNameIndex?
    private let whyNoTypes: Diagnostic
    let modules: [(name: String, relocatable: BTFNameIndex, others: BTFNameIndex)]
    let symbols: KernelSymbols?
    let mountPoint: String

    /// A place where nothing is, for what a kernel of another machine shows in /proc and /sys.
    private static let nowhere = KernelRoots(
        proc: "/dev/null/proc", sys: "/dev/null/sys", modules: "/dev/null/modules", files: "/dev/null")

    /// The running kernel, by what it shows to every user.
    ///
    /// - Parameters:
    ///   - roots: Where /proc and /sys are.
    ///   - mountPoint: Where its bpf file system is.
    ///   - process: The only process that is to be traced: programs and libraries are looked for as it sees them.
    package init(
        running roots: KernelRoots = KernelRoots(), mountPoint: String = PinPath.usualMountPoint, process: Int32? = nil
    ) {
        let facts = UnameFacts.current
        name = facts.release
        let code = KernelVersion.running(roots)
        release = code == 0 ? nil : KernelRelease(versionCode: code)
        version = code
        isRunning = true
        self.process = process
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
        process = nil
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
