// SPDX-License-Identifier: Apache-2.0

/// The answer to one relocation.
package struct COREResolution: Sendable {
    /// What was asked for, such as `struct task_struct.state (0:17)`.
    package let specification: String
    /// The object's own answer.
    let old: COREValue
    /// The kernel's field or type that it is about, with its id; nil if there is none.
    package internal(set) var target: String?
    /// The kernel's answer; nil if there is none.
    var new: COREValue?
    /// Why there is no answer, or why it is "no"; of a field, also why its loads and stores cannot follow its size.
    package internal(set) var failure: COREFailure?

    init(specification: String, old: COREValue) {
        self.specification = specification
        self.old = old
    }

    /// What the object's own types say.
    package var oldValue: UInt64 { old.bits }
    /// What the kernel's types say; nil if the instruction becomes one that the verifier refuses.
    package var newValue: UInt64? { new?.bits }
}
