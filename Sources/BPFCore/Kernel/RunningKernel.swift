// SPDX-License-Identifier: Apache-2.0

public import BPFObject
internal import Diagnostics

/// The kernel that this process runs on, as plans ask it.
public struct RunningKernel: KernelEnvironment {
    /// Asks nothing yet.
    public init() {}

    public func address(ofSymbol name: String) throws(EnvironmentError) -> UInt64? { nil }
    public func variable(named name: String) throws(EnvironmentError) -> KernelObject? { nil }
    public func function(named name: String) throws(EnvironmentError) -> KernelObject? { nil }
    public func typedef(named name: String) throws(EnvironmentError) -> KernelObject? { nil }
    public func facts() throws(EnvironmentError) -> KernelFacts {
        KernelFacts(version: KernelVersion.running(), hasCookies: true, hasSyscallWrappers: true)
    }
    public func configuration() throws(EnvironmentError) -> KernelConfiguration {
        KernelConfiguration(text: [], source: "nowhere")
    }
}
