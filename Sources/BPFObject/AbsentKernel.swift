// SPDX-License-Identifier: Apache-2.0

package import BTF
internal import Diagnostics

/// A kernel that is not at hand: what is not said otherwise is not there.
///
/// For plans that are made away from any machine: in tests, by fuzzers and in measurements.
package protocol AbsentKernel: KernelEnvironment {}

extension AbsentKernel {
    package func address(ofSymbol name: String) throws(EnvironmentError) -> UInt64? { nil }
    package func variable(named name: String) throws(EnvironmentError) -> KernelObject? { nil }
    package func function(named name: String) throws(EnvironmentError) -> KernelObject? { nil }
    package func typedef(named name: String) throws(EnvironmentError) -> KernelObject? { nil }
    package func kernelTypes() throws(TargetTypesError) -> BTFNameIndex {
        throw TargetTypesError(Diagnostic(.kernelTypesMissing, stage: .program, "no kernel is at hand"))
    }
    package func moduleTypes() -> [BTFNameIndex] { [] }
    package func facts(_ names: [String]) throws(EnvironmentError) -> KernelFacts {
        KernelFacts(version: 0x60100, hasCookies: true, hasSyscallWrappers: true)
    }
    package func configuration() throws(EnvironmentError) -> KernelConfiguration {
        KernelConfiguration(text: [], source: "nowhere")
    }
}

/// A kernel that has nothing of what programs ask for by name.
package struct NoKernel: AbsentKernel {
    package init() {}
}
