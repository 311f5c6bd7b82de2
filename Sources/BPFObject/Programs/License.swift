// SPDX-License-Identifier: Apache-2.0

/// The license of a program, as the kernel takes it.
package enum License {
    /// Whether the kernel takes it for compatible with the GPL: `license_is_gpl_compatible` in include/linux/license.h.
    package static func isGPLCompatible(_ license: String) -> Bool {
        [
            "GPL", "GPL v2", "GPL and additional rights", "Dual BSD/GPL", "Dual MIT/GPL", "Dual MPL/GPL",
        ].contains(license)
    }
}
