// SPDX-License-Identifier: Apache-2.0

package import BTF
package import Diagnostics

/// What a plan asks of a kernel: the one at hand, or another one of which only files are there.
package protocol KernelEnvironment: RelocationTargets {
    /// The address of a symbol of the kernel or a module (`/proc/kallsyms`); nil if there is none of that name.
    func address(ofSymbol name: String) throws(EnvironmentError) -> UInt64?
    /// A variable of the kernel or of a loaded module that its BTF knows.
    func variable(named name: String) throws(EnvironmentError) -> KernelObject?
    /// A function of the kernel or of a loaded module that its BTF knows.
    func function(named name: String) throws(EnvironmentError) -> KernelObject?
    /// The same of one module only; `vmlinux` is the kernel itself.
    func function(named name: String, inModule module: String) throws(EnvironmentError) -> KernelObject?
    /// A function of a loaded program that its own BTF knows.
    func function(of program: ProgramFunction) throws(EnvironmentError) -> KernelObject?
    /// A typedef of the kernel or of a loaded module: those of tracepoints begin with `btf_trace_`.
    func typedef(named name: String) throws(EnvironmentError) -> KernelObject?
    /// A structure of functions that programs of struct_ops may be, of the kernel or of a loaded module.
    func structure(named name: String) throws(EnvironmentError) -> KernelStructure?
    /// What objects may ask of it as `LINUX_…`; of what is not among `names` nothing is found out.
    func facts(_ names: [String]) throws(EnvironmentError) -> KernelFacts
    /// The text of its configuration.
    func configuration() throws(EnvironmentError) -> KernelConfiguration
}

extension KernelEnvironment {
    /// Of a kernel whose modules are not told apart: wherever it is.
    package func function(named name: String, inModule module: String) throws(EnvironmentError) -> KernelObject? {
        try function(named: name)
    }

    /// Of a kernel that is not at hand: it runs nothing.
    package func function(of program: ProgramFunction) throws(EnvironmentError) -> KernelObject? { nil }

    /// Of a kernel that knows no such structures.
    package func structure(named name: String) throws(EnvironmentError) -> KernelStructure? { nil }
}

/// The text of a kernel's configuration, if it was found.
package struct KernelConfiguration: Sendable, Equatable {
    /// The lines `CONFIG_X=…`; empty if there are none to be had.
    package let text: [UInt8]
    /// Where they are from, or where they were looked for.
    package let source: String

    /// Takes a configuration.
    package init(text: [UInt8], source: String) {
        self.text = text
        self.source = source
    }
}

/// Something that the kernel's BTF has: its id there, and whose BTF it is.
package struct KernelObject: Sendable, Equatable {
    /// The id of the type.
    package let id: UInt32
    /// The kernel's id of the module's BTF, which whoever carries a plan out opens; 0 is the kernel's own BTF.
    package let module: UInt32
    /// The id of the program whose BTF it is; 0 is none.
    package let program: UInt32

    /// Names something of a kernel.
    package init(id: UInt32, module: UInt32 = 0, program: UInt32 = 0) {
        self.id = id
        self.module = module
        self.program = program
    }
}

/// A structure of functions that the kernel calls, and that programs of struct_ops may be.
package struct KernelStructure: Sendable {
    /// The types that have it: those of the kernel, or those of a module on top of them.
    package let types: BTF
    /// The id of the structure.
    package let id: Int
    /// The id of the structure that a map holds it in, such as `bpf_struct_ops_tcp_congestion_ops`.
    package let valueID: Int
    /// Where it begins there, in bytes.
    package let offset: Int
    /// The kernel's id of the module's BTF; 0 is the kernel's own.
    package let module: UInt32

    /// What the names of the structures that maps hold begin with.
    private static let prefix = "bpf_struct_ops_"

    /// Finds a structure in some types.
    ///
    /// - Parameters:
    ///   - name: Its name, such as `tcp_congestion_ops`.
    ///   - index: The types.
    ///   - module: The kernel's id of the module's BTF; 0 is the kernel's own.
    /// - Returns: nil if programs can be no structure of that name there.
    package init?(named name: String, in index: BTFNameIndex, module: UInt32 = 0) {
        guard !name.isEmpty, let valueID = index.id(named: Self.prefix + name, kind: .structure),
            let value = index.btf[valueID]
        else { return nil }
        types = index.btf
        for member in index.btf.members(of: value) {
            guard let type = index.btf.resolved(member.type), type.kind == .structure,
                index.btf.name(of: type) == name, member.bitOffset % 8 == 0
            else { continue }
            (id, offset) = (type.id, member.bitOffset / 8)
            self.valueID = valueID
            self.module = module
            return
        }
        return nil
    }

    /// The names of all structures that programs can be in some types.
    package static func names(in index: BTFNameIndex) -> [String] {
        var names: [String] = []
        for id in index.btf.firstID..<index.btf.endID {
            guard let type = index.btf[id], type.kind == .structure,
                index.btf.bytes(ofString: type.nameOffset).starts(with: prefix.utf8)
            else { continue }
            let name = String(index.btf.name(of: type).dropFirst(prefix.count))
            if KernelStructure(named: name, in: index) != nil { names.append(name) }
        }
        return names
    }
}

/// Why a kernel could not be asked.
package struct EnvironmentError: DiagnosticError {
    /// The error as the user sees it.
    package var diagnostic: Diagnostic

    /// Takes what another part of the work says.
    package init(_ diagnostic: Diagnostic) { self.diagnostic = diagnostic }
}

extension KernelEnvironment {
    /// Looks for the type that programs are loaded for.
    ///
    /// - Parameters:
    ///   - type: The type.
    ///   - name: Its name, or another one that kernels have for it.
    func find(_ type: TypeInKernel, named name: String) throws(EnvironmentError) -> KernelObject? {
        if let program = type.program { return try function(of: program) }
        if type.isTypedef { return try typedef(named: name) }
        guard let module = type.module else { return try function(named: name) }
        return try function(named: name, inModule: module)
    }

    /// Whether the kernel has the type that programs are loaded for, under any of its names.
    package func has(_ type: TypeInKernel) throws(EnvironmentError) -> Bool {
        for name in [type.name] + type.otherNames {
            if try find(type, named: name) != nil { return true }
        }
        return false
    }
}
