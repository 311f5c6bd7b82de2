// SPDX-License-Identifier: Apache-2.0

/// Which start of the machine this is (`/proc/sys/kernel/random/boot_id`): ids of maps and programs mean nothing in another.
package enum BootID {
    /// The id of this boot, 36 letters, digits and dashes; nil where /proc does not tell.
    package static var current: String? { KernelFile.line("/proc/sys/kernel/random/boot_id") }
}
