// SPDX-License-Identifier: Apache-2.0

/// The license of the probe, which the kernel asks for: many helpers are for programs under the GPL or compatible licenses.
///
///     @used let license = License("Dual BSD/GPL")
///
/// A probe without one has "GPL".
@frozen
public struct License: Sendable {
    /// The license's name, one of those that `include/linux/license.h` of the kernel knows, or any other.
    public let name: StaticString
    /// A license by its name: a constant.
    @_transparent public init(_ name: StaticString) { self.name = name }
}
