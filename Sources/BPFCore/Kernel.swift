// SPDX-License-Identifier: Apache-2.0

package import BTF
public import BPFObject
public import Diagnostics

/// The kernel that this process runs on, as plans ask it; what is not asked for costs nothing.
public final class Kernel: KernelEnvironment {
    let roots: KernelRoots
    /// What stands in for the kernel's types.
    let btf: String?
    private let types: KernelTypes
    private let features: KernelFeatures
    let symbolSource: KernelSymbolSource

    /// Asks nothing yet.
    ///
    /// - Parameter btf: What stands in for the kernel's types in CO-RE relocations, a file or a directory.
    public convenience init(btf: String? = nil) {
        self.init(btf: btf, features: KernelFeatures())
    }

    /// - Parameter roots: Where /proc and /sys are.
    package convenience init(btf: String? = nil, roots: KernelRoots) {
        self.init(btf: btf, features: KernelFeatures(), roots: roots)
    }

    /// - Parameter features: What the kernel can do.
    package init(btf: String?, features: KernelFeatures, roots: KernelRoots = KernelRoots()) {
        self.roots = roots
        self.btf = btf
        symbolSource = KernelSymbolSource(roots: roots)
        self.features = features
        types = KernelTypes(file: btf, roots: roots)
    }

    /// Whether it can do something; false also where we may not try.
    func has(_ feature: KernelFeatures.Feature) -> Bool { features.has(feature) }

    /// What the user should know of what was found.
    public var notes: [Diagnostic] { types.notes }

    /// The kernel's own types, or what stands in for them.
    package func kernelTypes() throws(TargetTypesError) -> BTFNameIndex { try types.kernelTypes() }

    /// The types of its modules.
    package func moduleTypes() -> [BTFNameIndex] { types.moduleTypes() }

    /// A variable of the kernel or a loaded module.
    package func variable(named name: String) throws(EnvironmentError) -> KernelObject? {
        try answer { () throws(BPFError) in try types.variable(named: name) }
    }

    /// A function of the kernel or a loaded module.
    package func function(named name: String) throws(EnvironmentError) -> KernelObject? {
        try answer { () throws(BPFError) in try types.function(named: name) }
    }

    /// A function of one loaded module, or of the kernel itself (`vmlinux`).
    package func function(named name: String, inModule module: String) throws(EnvironmentError) -> KernelObject? {
        try answer { () throws(BPFError) in try types.function(named: name, module: module) }
    }

    /// A function of a loaded program, by the types that it was loaded with.
    package func function(of program: ProgramFunction) throws(EnvironmentError) -> KernelObject? {
        try answer { () throws(BPFError) in try program.find() }
    }

    /// The functions in the types of the kernel image.
    func functionTypes() throws(BPFError) -> BTFNameIndex { try types.functionIndex() }

    /// The functions in the types of a loaded module, or of the kernel image (nil); nil where there are no types.
    func functionTypes(ofModule module: String?) -> BTFNameIndex? {
        guard let module, module != "vmlinux" else { return try? types.functionIndex() }
        return types.functionIndex(ofModule: module)
    }

    /// The types of the kernel image and of each module.
    func allTypes() throws(BPFError) -> [BTFNameIndex] { try types.allTypes() }

    /// A typedef of the kernel or a loaded module.
    package func typedef(named name: String) throws(EnvironmentError) -> KernelObject? {
        try answer { () throws(BPFError) in try types.typedef(named: name) }
    }

    /// A structure of functions that programs of struct_ops can be.
    package func structure(named name: String) throws(EnvironmentError) -> KernelStructure? {
        try answer { () throws(BPFError) in try types.structure(named: name) }
    }

    /// The address that /proc/kallsyms has for a name; an error if it has several, or hides it.
    package func address(ofSymbol name: String) throws(EnvironmentError) -> UInt64? {
        try answer { () throws(BPFError) in
            let addresses = try symbols { source throws(Errno) in try source.symbols(named: name) }.addresses(of: name)
            guard let first = addresses.first else { return nil }
            guard addresses != [0] else {
                throw BPFError(
                    .resolveProbe, .kernelAddressesHidden, "the address of \(name) is hidden",
                    cause: "\(roots.proc)/kallsyms shows zeros where kernel.kptr_restrict forbids addresses",
                    nextStep:
                        "run it as root, and with \(.setKernelParameter("kernel.kptr_restrict"), "sysctl kernel.kptr_restrict=1") or 0"
                )
            }
            guard addresses.count == 1 else {
                throw BPFError(
                    .resolveProbe, .kernelSymbolAmbiguous,
                    "the kernel has \(addresses.count) symbols of the name \(name)",
                    cause: "an extern without a type is found by its name alone",
                    details: addresses.map { "0x" + String($0, radix: 16) },
                    nextStep: "declare it with its type, or use a name that is there once")
            }
            return first
        }
    }

    /// The version, and what is found by trying: for the wrappers all types of the kernel are looked through.
    package func facts(_ names: [String]) throws(EnvironmentError) -> KernelFacts {
        KernelFacts(
            version: KernelVersion.running(roots),
            hasCookies: names.contains(KernelFacts.cookies) && features.has(.perfLinks),
            hasSyscallWrappers: names.contains(KernelFacts.syscallWrappers) && hasSyscallWrappers)
    }

    /// The configuration that it was built with.
    package func configuration() throws(EnvironmentError) -> KernelConfiguration { KernelConfig.read(roots: roots) }

    /// By the types where there are some: the symbols take the kernel much longer to write.
    private var hasSyscallWrappers: Bool {
        let wrappers = SyscallName(symbol: "__sys_bpf")?.wrapperSymbols ?? []
        if wrappers.contains(where: { (try? types.function(named: $0, module: "vmlinux")) != nil }) { return true }
        guard let symbols = try? symbols({ source throws(Errno) in try source.all() }) else { return false }
        return wrappers.contains { !symbols.functions(named: $0, module: "vmlinux").isEmpty }
    }

    private func symbols(
        _ ask: (KernelSymbolSource) throws(Errno) -> KernelSymbols
    ) throws(BPFError) -> KernelSymbols {
        do throws(Errno) {
            return try ask(symbolSource)
        } catch {
            throw BPFError(
                .readKernelFile, .kernelFileUnreadable, errno: error,
                "cannot read the symbols of the kernel (\(roots.proc)/kallsyms)")
        }
    }

    private func answer<Answer>(_ body: () throws(BPFError) -> Answer) throws(EnvironmentError) -> Answer {
        do throws(BPFError) {
            return try body()
        } catch {
            // What it takes is not known any more where this is told.
            throw EnvironmentError(error.explained().diagnostic)
        }
    }
}
