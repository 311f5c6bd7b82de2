// SPDX-License-Identifier: Apache-2.0

public import Diagnostics

/// A program of an object: all the code of one section.
public struct ProgramDefinition: Sendable {
    /// A load that wants the descriptor of a map.
    public struct MapReference: Sendable, Equatable {
        /// The index of the load's first half.
        public let instruction: Int
        /// The index of the map in `Object.maps`.
        public let map: Int
    }

    /// The function at the section's start; if there is none, the section's name made into one.
    public let name: String
    /// The section that it was compiled to.
    public let section: String
    /// The code as it is in the file, its byte order undone.
    public let instructions: [Instruction]
    /// Where maps come in, in the order of the code.
    public let mapReferences: [MapReference]
    /// Why this program cannot be loaded; nil if it can, as far as the object tells.
    public internal(set) var refusal: ObjectError?

    let lines: SourceLines?

    /// The name as `BPF_PROG_LOAD` takes it: at most 15 bytes of letters, digits and `_`.
    public var kernelName: String {
        let bytes = name.utf8.prefix(MapName.longest).map { MapName.isNameByte($0) ? $0 : UInt8(ascii: "_") }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The line of C that an instruction was compiled from; nil without `-g`.
    public func sourceLine(ofInstruction index: Int) -> Diagnostic.SourceLine? {
        index >= 0 && index < instructions.count ? lines?[index] : nil
    }

    /// The code with the descriptors of the created maps in it (`BPF_PSEUDO_MAP_FD`).
    ///
    /// - Parameter mapDescriptors: One for each map of the object, in its order; those that this program does not use
    ///   may be negative.
    public func instructions(mapDescriptors: [Int32]) throws(ObjectError) -> [Instruction] {
        if let refusal { throw refusal }
        var code = instructions
        for reference in mapReferences {
            guard mapDescriptors.indices.contains(reference.map), mapDescriptors[reference.map] >= 0,
                reference.instruction + 1 < code.count
            else {
                var error = ObjectError(.noDescriptor(map: reference.map), section: section)
                error.program = name
                error.instruction = reference.instruction
                throw error
            }
            code[reference.instruction].source = Instruction.pseudoMapDescriptor
            code[reference.instruction].immediate = mapDescriptors[reference.map]
            code[reference.instruction + 1].immediate = 0
        }
        return code
    }
}
