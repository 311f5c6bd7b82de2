// SPDX-License-Identifier: Apache-2.0

public import BPFObject
internal import Diagnostics

/// The kernel that this process runs on, as plans ask it.
public final class RunningKernel: KernelEnvironment {
    private var index: BTFNameIndex?
    private var functions: BTFNameIndex?

    /// Asks nothing yet.
    public init() {}

    public func kernelTypes() throws(TargetTypesError) -> BTFNameIndex {
        if let index { return index }
        do {
            let bytes = try KernelFile.bytes("/sys/kernel/btf/vmlinux", limit: 64 << 20)
            let found = BTFNameIndex(try BTF(parsing: bytes))
            index = found
            return found
        } catch {
            throw TargetTypesError(Diagnostic(stage: .program, "no kernel BTF", exitStatus: .kernelLacks))
        }
    }
    public func moduleTypes() -> [BTFNameIndex] { [] }
    private func id(_ name: String, _ kind: BTFKind) -> KernelObject? {
        if functions == nil, let types = try? kernelTypes() {
            functions = BTFNameIndex(types.btf, kinds: [.function, .variable, .typedef])
        }
        return functions?.id(named: name, kind: kind).map { KernelObject(id: UInt32($0)) }
    }
    public func address(ofSymbol name: String) throws(EnvironmentError) -> UInt64? { nil }
    public func variable(named name: String) throws(EnvironmentError) -> KernelObject? { id(name, .variable) }
    public func function(named name: String) throws(EnvironmentError) -> KernelObject? { id(name, .function) }
    public func typedef(named name: String) throws(EnvironmentError) -> KernelObject? { id(name, .typedef) }
    public func facts() throws(EnvironmentError) -> KernelFacts {
        KernelFacts(version: KernelVersion.running(), hasCookies: true, hasSyscallWrappers: true)
    }
    public func configuration() throws(EnvironmentError) -> KernelConfiguration {
        KernelConfiguration(text: [], source: "nowhere")
    }
}
