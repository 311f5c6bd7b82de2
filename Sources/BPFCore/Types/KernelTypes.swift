// SPDX-License-Identifier: Apache-2.0

package import BTF
package import BPFObject
package import Diagnostics

/// The types of the running kernel and its modules (BTF), read when something first asks for them.
package final class KernelTypes: RelocationTargets {
    private let files: KernelTypeFiles
    private let file: String?
    private var running: Blob?
    private var target: Blob?
    private var loadedModules: [Blob]?
    /// What the user should know: modules whose BTF is broken.
    package private(set) var notes: [Diagnostic] = []

    /// Reads nothing yet.
    ///
    /// - Parameters:
    ///   - file: What stands in for the kernel's types in CO-RE relocations (`--btf`): BTF, an ELF file with a section
    ///     `.BTF`, or a folder of such by kernel release. What is attached to is always looked up in the running kernel.
    ///   - roots: Where /proc and /sys are.
    package convenience init(file: String? = nil, roots: KernelRoots = KernelRoots()) {
        self.init(file: file, roots: roots, kernel: .current)
    }

    init(file: String? = nil, roots: KernelRoots, kernel: UnameFacts) {
        self.file = file
        files = KernelTypeFiles(roots: roots, kernel: kernel)
    }

    // MARK: - For CO-RE

    /// The types that relocations are resolved against.
    ///
    /// - Throws: An error that says where they were looked for.
    package func kernelTypes() throws(TargetTypesError) -> BTFNameIndex {
        do throws(BPFError) {
            guard let file else { return try kernel().relocatable }
            if let target { return target.relocatable }
            let read = Blob("vmlinux", try files.named(file))
            target = read
            return read.relocatable
        } catch {
            throw TargetTypesError(error.diagnostic)
        }
    }

    /// The types of the loaded modules; none if a file stands in for the kernel's.
    package func moduleTypes() -> [BTFNameIndex] {
        file == nil ? modules().map(\.relocatable) : []
    }

    // MARK: - For programs that name something of the kernel

    /// A function of the kernel or of a loaded module.
    ///
    /// - Parameters:
    ///   - name: Its name, in full.
    ///   - module: Only in that module; `vmlinux` is the kernel itself, nil is anywhere.
    package func function(named name: String, module: String? = nil) throws(BPFError) -> KernelObject? {
        try find(name, .function, module)
    }

    /// A variable of the kernel or of a loaded module; those of each CPU for the most part.
    package func variable(named name: String) throws(BPFError) -> KernelObject? { try find(name, .variable, nil) }

    /// A typedef of the kernel or of a loaded module, such as `btf_trace_sched_switch`.
    package func typedef(named name: String, module: String? = nil) throws(BPFError) -> KernelObject? {
        try find(name, .typedef, module)
    }

    /// A structure of functions that programs can be, of the kernel or of a loaded module.
    package func structure(named name: String) throws(BPFError) -> KernelStructure? {
        if let found = KernelStructure(named: name, in: try kernel().relocatable) { return found }
        for blob in modules() {
            guard KernelStructure(named: name, in: blob.relocatable) != nil else { continue }
            return KernelStructure(named: name, in: blob.relocatable, module: try blob.moduleID())
        }
        return nil
    }

    private func find(_ name: String, _ kind: BTFKind, _ module: String?) throws(BPFError) -> KernelObject? {
        if module == nil || module == "vmlinux", let id = try kernel().id(named: name, kind) {
            return KernelObject(id: id)
        }
        guard module != "vmlinux" else { return nil }
        for blob in modules() where module == nil || blob.name == module {
            guard let id = blob.id(named: name, kind) else { continue }
            return KernelObject(id: id, module: try blob.moduleID())
        }
        return nil
    }

    /// The functions and variables of the kernel image by their names.
    func functionIndex() throws(BPFError) -> BTFNameIndex { try kernel().others }

    /// The functions and variables of a loaded module by their names; nil where it shows no types.
    func functionIndex(ofModule name: String) -> BTFNameIndex? { modules().first { $0.name == name }?.others }

    /// The types that structures are looked for in: those of the kernel, then those of each module.
    func allTypes() throws(BPFError) -> [BTFNameIndex] { [try kernel().relocatable] + modules().map(\.relocatable) }

    // MARK: - Reading

    private func kernel() throws(BPFError) -> Blob {
        if let running { return running }
        let read = Blob("vmlinux", try files.running())
        running = read
        return read
    }

    private func modules() -> [Blob] {
        if let loadedModules { return loadedModules }
        var found: [Blob] = []
        // Without the kernel's own there is nothing that they are split from.
        if let base = try? kernel().btf {
            let folder = files.roots.sys + "/kernel/btf"
            for name in KernelFile.names(in: folder).sorted() where name != "vmlinux" {
                do throws(BTFFile.Fault) {
                    found.append(Blob(name, try BTFFile.types("\(folder)/\(name)", base: base)))
                } catch .unreadable(.noSuchFileOrDirectory) {
                    // Unloaded since the folder was read.
                    continue
                } catch {
                    notes.append(
                        Diagnostic(
                            .moduleTypesSkipped, .note, stage: .resolve, "the types of module \(name) are passed over",
                            cause: error.words))
                }
            }
        }
        loadedModules = found
        return found
    }
}

/// One blob of BTF of the running kernel, with what was made of it.
private final class Blob {
    let name: String
    let btf: BTF
    private(set) lazy var relocatable = BTFNameIndex(btf)
    private(set) lazy var others = BTFNameIndex(btf, kinds: [.function, .variable])
    private var id: UInt32?

    init(_ name: String, _ btf: BTF) {
        self.name = name
        self.btf = btf
    }

    func id(named name: String, _ kind: BTFKind) -> UInt32? {
        let index = kind == .typedef ? relocatable : others
        return index.id(named: name, kind: kind).map { UInt32(truncatingIfNeeded: $0) }
    }

    /// The kernel's id of a module's BTF.
    func moduleID() throws(BPFError) -> UInt32 {
        if let id { return id }
        do throws(Errno) {
            guard let found = try BTFHandle.kernelID(named: name) else { throw .noSuchFileOrDirectory }
            id = found
            return found
        } catch {
            throw BPFError(
                .loadTypes, .moduleTypesGone, errno: error, "cannot open the types of module \(name)",
                cause: error == .noSuchFileOrDirectory ? "it was unloaded, or this kernel is older than 5.11" : nil)
        }
    }
}
