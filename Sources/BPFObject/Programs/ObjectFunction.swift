// SPDX-License-Identifier: Apache-2.0

/// A function of an object: the code between two symbols, with all that it refers to.
package struct ObjectFunction: Sendable {
    /// Something that an instruction stands for until the program is linked.
    package struct Reference: Sendable, Equatable {
        package enum Target: Sendable, Equatable {
            /// A 64-bit load wants the descriptor of a map, by its index in `Object.maps`.
            case map(Int)
            /// A 64-bit load wants the address of data: a map's index and bytes from the start of its value.
            case data(map: Int, offset: Int32)
            /// A call goes to another function, by its index in the object.
            case call(Int)
            /// A 64-bit load wants the address of a function, by its index in the object.
            case address(Int)
            /// A call or a load wants what the kernel has, by its index in the object's externs.
            case extern(Int)
        }

        /// The index in the function's code; of a 64-bit load, its first half.
        package let instruction: Int
        package let target: Target
    }

    package let name: String
    /// The number of its section.
    let section: Int
    package let sectionName: String
    /// The index of its first instruction in the section.
    package let start: Int
    /// The code as it is in the file, its byte order undone.
    package let instructions: [Instruction]
    /// Whether other sections may know it.
    let isGlobal: Bool
    /// In the order of the code.
    package var references: [Reference] = []
    /// The function that the kernel runs when this program throws (`__exception_cb`), by its index in the object.
    var exceptionCallback: Int?
    /// Why this function cannot be part of a program; nil if it can, as far as the object tells.
    package var refusal: ObjectError?

    /// Where its instructions are in the section.
    package var range: Range<Int> { start..<(start + instructions.count) }
}
