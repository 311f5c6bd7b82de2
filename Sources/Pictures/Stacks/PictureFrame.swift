// SPDX-License-Identifier: Apache-2.0

/// A frame of a stack as pictures have it: a name, and where its code runs.
package struct PictureFrame: Hashable, Sendable {
    /// Where the code of a frame runs; pictures have colours for it.
    package enum Kind: UInt8, Sendable {
        /// The process that the stack is of.
        case process
        /// User space.
        case user
        /// The kernel.
        case kernel
        /// A function that the compiler put into its caller.
        case inlined
        /// No function: what is not known of a stack, such as `[unknown]`.
        case note
    }

    /// The name, any text.
    package var name: String
    /// Where it runs.
    package var kind: Kind

    /// Creates a frame.
    package init(_ name: String, _ kind: Kind) {
        self.name = name
        self.kind = kind
    }

    /// What stands for a stack, or the part of one, that is not known.
    package static let unknown = PictureFrame("[unknown]", .note)
}
