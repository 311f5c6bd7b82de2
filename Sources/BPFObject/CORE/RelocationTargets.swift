// SPDX-License-Identifier: Apache-2.0

package import BTF
package import Diagnostics

/// Where the types come from that CO-RE relocations are resolved against.
///
/// Asked when the first relocation needs it and not before: an object without relocations needs no BTF of the kernel.
package protocol RelocationTargets {
    /// The kernel's own types.
    func kernelTypes() throws(TargetTypesError) -> BTFNameIndex
    /// The types of its modules, those of broken ones left out; asked if the kernel's own have no candidate.
    func moduleTypes() -> [BTFNameIndex]
}

/// Why there are no types of the kernel.
package struct TargetTypesError: DiagnosticError, Equatable {
    /// The error as the user sees it.
    package let diagnostic: Diagnostic

    /// Creates an error of what was tried to get the types.
    package init(_ diagnostic: Diagnostic) { self.diagnostic = diagnostic }
}

/// The types of one blob of BTF, such as a file that stands for a kernel's.
package struct FixedRelocationTargets: RelocationTargets, Sendable {
    private let kernel: BTFNameIndex
    private let modules: [BTFNameIndex]

    /// Creates targets of types that are there.
    package init(kernel: BTFNameIndex, modules: [BTFNameIndex] = []) {
        self.kernel = kernel
        self.modules = modules
    }

    /// The kernel's types.
    package func kernelTypes() throws(TargetTypesError) -> BTFNameIndex { kernel }
    /// The modules' types.
    package func moduleTypes() -> [BTFNameIndex] { modules }
}
