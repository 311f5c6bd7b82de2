// SPDX-License-Identifier: Apache-2.0

internal import BPFObject
internal import Diagnostics

extension BPFCollection {
    /// Whether structures of functions are registered, which the kernel may take off by itself.
    package var hasStructures: Bool { !structures.isEmpty }

    /// The error that says that the kernel took a structure off by itself; nil if it did not, or does not tell.
    package func structureTakenOff() -> BPFError? {
        for index in 0..<links.count where links[index].isTakenOff(roots: KernelRoots()) {
            return BPFError(
                .attachProbe, .structOpsEnded, "the kernel took off \(links[index].subject)",
                cause: "it does so when the programs fail, or when it is told to (SysRq S)",
                nextStep: "see what it says of it: dmesg")
        }
        return nil
    }
}
