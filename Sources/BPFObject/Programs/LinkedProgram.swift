// SPDX-License-Identifier: Apache-2.0

package import Diagnostics

/// A program with all functions that it calls, its fields of kernel types and its externs resolved: what is left open
/// are the descriptors of maps.
package struct LinkedProgram: Sendable {
    /// A 64-bit load that wants a map.
    package struct MapReference: Sendable, Equatable {
        /// The index of the load's first half.
        package let instruction: Int
        /// The index of the map in `Object.maps`.
        package let map: Int
        /// Bytes from the start of the map's value whose address is wanted; nil wants the map itself.
        package let valueOffset: Int32?
    }

    /// A 64-bit load of the address of a module's variable, whose second half wants the descriptor of the module's BTF.
    package struct ModuleReference: Sendable, Equatable {
        /// The index of the load's first half.
        package let instruction: Int
        /// The kernel's id of the module's BTF.
        package let module: UInt32
    }

    /// Records about instructions as the kernel takes them (`func_info`, `line_info`).
    package struct Records: Sendable, Equatable {
        /// Bytes of one record.
        package let recordSize: Int
        /// All records, in the order of the instructions.
        package let bytes: [UInt8]
        /// The number of records.
        package var count: Int { recordSize == 0 ? 0 : bytes.count / recordSize }
    }

    /// A function's place in the program.
    struct Piece: Sendable {
        /// The index of its first instruction.
        let start: Int
        let function: ObjectFunction
        let lines: SourceLines?
        /// Its instructions that hold a fact about the kernel's types, by their places in it.
        var relocated: Set<Int> = []
    }

    /// The program that was linked.
    package let definition: ProgramDefinition
    /// The code, its functions one behind the other, the program's own first.
    package let instructions: [Instruction]
    /// Where maps come in, in the order of the code.
    package let mapReferences: [MapReference]
    /// Which function begins where (`struct bpf_func_info`); nil if the object does not tell it of all of them.
    package let functionInfo: Records?
    /// Which line an instruction is from (`struct bpf_line_info`); nil if the object does not tell it of all functions.
    package let lineInfo: Records?
    /// The ids of the BTF of the modules whose functions it calls, as `fd_array` has their descriptors; the first place
    /// is not used.
    package let modules: [UInt32]
    /// Where variables of modules come in, in the order of the code.
    package let moduleVariables: [ModuleReference]
    /// Why an instruction was replaced by one that the verifier refuses if it can be reached.
    package let poison: [Int: Diagnostic]

    /// As the program was linked, before anything was put into it.
    let pieces: [Piece]
    /// Where each instruction was when the program was linked, or `-1 - start` of its function for one that was put in
    /// front of that; empty if nothing was put in.
    private let origins: [Int32]

    init(
        definition: ProgramDefinition, instructions: [Instruction], mapReferences: [MapReference],
        functionInfo: Records?, lineInfo: Records?, modules: [UInt32], moduleVariables: [ModuleReference],
        poison: [Int: Diagnostic], pieces: [Piece], origins: [Int32] = []
    ) {
        self.definition = definition
        self.instructions = instructions
        self.mapReferences = mapReferences
        self.functionInfo = functionInfo
        self.lineInfo = lineInfo
        self.modules = modules
        self.moduleVariables = moduleVariables
        self.poison = poison
        self.pieces = pieces
        self.origins = origins
    }

    /// Where an instruction comes from.
    package enum Origin: Sendable, Equatable {
        /// The program as it was linked, at this index.
        case program(Int)
        /// What the loader put in front of a function: the copy of a system call's arguments.
        case copy(function: String)
    }

    /// Where an instruction comes from, for the numbers that the verifier names; nil if there is no such instruction.
    package func origin(ofInstruction index: Int) -> Origin? {
        guard instructions.indices.contains(index) else { return nil }
        guard origins.indices.contains(index) else { return .program(index) }
        guard origins[index] < 0 else { return .program(Int(origins[index])) }
        return .copy(function: piece(of: linkedIndex(of: index))?.function.name ?? definition.name)
    }

    /// The index that an instruction had when the program was linked; one that was put in counts as its function's first.
    private func linkedIndex(of index: Int) -> Int {
        guard origins.indices.contains(index) else { return index }
        return Int(origins[index] < 0 ? -1 - origins[index] : origins[index])
    }

    /// The maps that the program uses, by their index in `Object.maps`.
    package var maps: Set<Int> { Set(mapReferences.map(\.map)) }

    /// The line of C that an instruction was compiled from; nil without `-g`.
    package func sourceLine(ofInstruction index: Int) -> Diagnostic.Label? {
        guard instructions.indices.contains(index) else { return nil }
        let linked = linkedIndex(of: index)
        guard let piece = piece(of: linked) else { return nil }
        return piece.lines?[piece.function.start + linked - piece.start]
    }

    /// Whether an instruction holds a fact about the kernel's types, by a CO-RE relocation.
    func isRelocated(_ index: Int) -> Bool {
        let linked = linkedIndex(of: index)
        return piece(of: linked).map { $0.relocated.contains(linked - $0.start) } ?? false
    }

    /// Whether an instruction calls a function of the program.
    package func callsFunction(at index: Int) -> Bool {
        instructions.indices.contains(index) && instructions[index].callsFunction
    }

    /// The first call of a function by another one, or by itself.
    package func call(from caller: some StringProtocol, to callee: some StringProtocol) -> Int? {
        instructions.indices.first { index in
            guard callsFunction(at: index), functionName(ofInstruction: index).map({ $0 == caller }) == true else {
                return false
            }
            // Ends of programs of a million instructions are far from those of Int.
            return functionName(ofInstruction: index + 1 + Int(instructions[index].immediate)).map { $0 == callee }
                == true
        }
    }

    /// The name of the function that an instruction belongs to.
    package func functionName(ofInstruction index: Int) -> String? {
        piece(of: linkedIndex(of: index))?.function.name
    }

    /// Whether an instruction belongs to a global function that the program calls, which the kernel checks by itself.
    func isInGlobalFunction(_ index: Int) -> Bool {
        guard let piece = piece(of: linkedIndex(of: index)) else { return false }
        return piece.start > 0 && piece.function.isGlobal
    }

    /// The function that an instruction belongs to: the last one that begins at or before it.
    private func piece(of index: Int) -> Piece? {
        var (low, high) = (0, pieces.count)
        while low < high {
            let middle = low + (high - low) / 2
            if pieces[middle].start <= index { low = middle + 1 } else { high = middle }
        }
        return low > 0 ? pieces[low - 1] : nil
    }

    /// The code with the descriptors of the created maps in it (`BPF_PSEUDO_MAP_FD`, `BPF_PSEUDO_MAP_VALUE`).
    ///
    /// - Parameters:
    ///   - mapDescriptors: One for each map of the object, in its order; those that this program does not use may be
    ///     negative.
    ///   - moduleDescriptors: The descriptors of the BTF of modules, by the ids in ``moduleVariables``.
    package func instructions(
        mapDescriptors: [Int32], moduleDescriptors: [UInt32: Int32] = [:]
    ) throws(ObjectError) -> [Instruction] {
        var code = instructions
        for reference in moduleVariables where reference.instruction + 1 < code.count {
            code[reference.instruction + 1].immediate = moduleDescriptors[reference.module] ?? 0
        }
        for reference in mapReferences {
            guard mapDescriptors.indices.contains(reference.map), mapDescriptors[reference.map] >= 0,
                reference.instruction + 1 < code.count
            else {
                var error = ObjectError(.noDescriptor(map: reference.map), section: definition.section)
                error.program = definition.name
                error.instruction = reference.instruction
                throw error
            }
            code[reference.instruction].source =
                reference.valueOffset == nil ? Instruction.pseudoMapDescriptor : Instruction.pseudoMapValue
            code[reference.instruction].immediate = mapDescriptors[reference.map]
            code[reference.instruction + 1].immediate = reference.valueOffset ?? 0
        }
        return code
    }
}
