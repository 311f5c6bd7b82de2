// SPDX-License-Identifier: Apache-2.0

internal import BTF
internal import Diagnostics

/// Links the programs of an object: appends the functions that a program calls, and puts in what the kernel has.
///
/// Each function is relocated once, before it is copied into any program: what CO-RE does to it holds for all.
struct ProgramLinker {
    /// What an extern turned out to be on the kernel at hand.
    enum ResolvedExtern: Sendable, Equatable {
        /// A number: an address, or 0 for what is weak and not there.
        case value(UInt64)
        /// A variable or function of the kernel by its BTF id, and the id of its module's BTF; 0 is vmlinux.
        case kernelObject(id: UInt32, module: UInt32)
        /// Bytes from the start of the value of the map of configuration.
        case data(map: Int, offset: Int32)
        /// It is weak and not there: a call of it must not be reached.
        case missing
    }

    /// A function's code with the fields of kernel types resolved.
    struct RelocatedFunction: Sendable {
        var instructions: [Instruction]
        /// Why an instruction was made one that cannot be reached.
        var poison: [Int: Diagnostic] = [:]
        /// Instructions that hold a fact about the kernel's types.
        var relocated: Set<Int> = []
    }

    /// What was found of each extern.
    ///
    /// A class: as a dictionary of this structure it was copied for each of 60,000 externs, since the compiler holds on to
    /// the structure around the loop over them.
    private final class Answers {
        var known: [Int: ResolvedExtern] = [:]
    }

    let functions: [ObjectFunction]
    let externs: ExternTable
    let typeInfo: ObjectTypeInfo
    /// Resolves the fields of kernel types in one function.
    let relocate: (ObjectFunction) throws(ObjectError) -> RelocatedFunction
    /// Finds an extern on the kernel.
    let resolve: (ExternSymbol) throws(ObjectError) -> ResolvedExtern

    /// Bytes that all programs together may still take: functions are copied into each that calls them.
    private var sizeLeft = Limits.linkedSize
    private var relocated: [Int: RelocatedFunction] = [:]
    private let resolved = Answers()

    init(
        functions: [ObjectFunction], externs: ExternTable, typeInfo: ObjectTypeInfo,
        relocate: @escaping (ObjectFunction) throws(ObjectError) -> RelocatedFunction,
        resolve: @escaping (ExternSymbol) throws(ObjectError) -> ResolvedExtern
    ) {
        self.functions = functions
        self.externs = externs
        self.typeInfo = typeInfo
        self.relocate = relocate
        self.resolve = resolve
    }

    /// Links one program.
    mutating func link(_ program: ProgramDefinition) throws(ObjectError) -> LinkedProgram {
        do throws(ObjectError) {
            if let refusal = program.refusal { throw refusal }
            var layout = ProgramLayout()
            try placeTree(program.functionIndex, in: &layout)
            // Nothing of the code names it: the kernel finds it by the program's tag.
            if let callback = functions[program.functionIndex].exceptionCallback, layout.starts[callback] == nil {
                try placeTree(callback, in: &layout)
            }
            for function in layout.order { try apply(functions[function], function, to: &layout) }
            layout.references.sort { $0.instruction < $1.instruction }
            let pieces = layout.order.map { index in
                LinkedProgram.Piece(
                    start: layout.starts[index] ?? 0, function: functions[index],
                    lines: typeInfo.lines(ofSection: functions[index].sectionName),
                    relocated: relocated[index]?.relocated ?? [])
            }
            return LinkedProgram(
                definition: program, instructions: layout.code, mapReferences: layout.references,
                functionInfo: typeInfo.extra?.functions.merged(pieces), lineInfo: typeInfo.extra?.lines.merged(pieces),
                modules: layout.modules, moduleVariables: layout.moduleVariables, poison: layout.poison, pieces: pieces)
        } catch {
            var error = error
            error.section = error.section ?? program.section
            error.program = error.program ?? program.name
            throw error
        }
    }

    /// Places a function and all that it calls or names and that is not there yet.
    ///
    /// As deep as the calls go, in the order of the code: the order of other loaders, so that listings agree.
    private mutating func placeTree(_ root: Int, in layout: inout ProgramLayout) throws(ObjectError) {
        try place(root, in: &layout)
        var path = [(function: root, next: 0)]
        while let (function, next) = path.popLast() {
            guard next < functions[function].references.count else { continue }
            path.append((function, next + 1))
            switch functions[function].references[next].target {
            case .call(let callee), .address(let callee):
                guard layout.starts[callee] == nil else { continue }
                try place(callee, in: &layout)
                path.append((callee, 0))
            default: continue
            }
        }
    }

    /// Counts what a function takes in a program, before it is copied.
    private mutating func charge(_ function: ObjectFunction, _ code: RelocatedFunction) throws(ObjectError) {
        var size =
            Self.pieceSize + code.instructions.count * MemoryLayout<Instruction>.stride
            + code.poison.count * Self.poisonSize
            + function.references.count * MemoryLayout<LinkedProgram.MapReference>.stride
        for part in [typeInfo.extra?.functions, typeInfo.extra?.lines].compactMap(\.self) {
            size += part.records(in: function.range, ofSection: function.sectionName).count * part.recordSize
        }
        guard size <= sizeLeft else {
            throw ObjectError(
                .tooMany(
                    "bytes of linked programs", count: UInt64(Limits.linkedSize - sizeLeft + size),
                    limit: Limits.linkedSize))
        }
        sizeLeft -= size
    }

    /// What the place of a function in a program, and the reason of a poisoned instruction, take about.
    private static let (pieceSize, poisonSize) = (512, 1_024)

    private mutating func place(_ index: Int, in layout: inout ProgramLayout) throws(ObjectError) {
        let function = functions[index]
        if let refusal = function.refusal { throw refusal }
        let code: RelocatedFunction
        if let known = relocated[index] {
            code = known
        } else {
            code = try relocate(function)
            relocated[index] = code
        }
        let start = layout.code.count
        guard start + code.instructions.count <= Limits.instructions else {
            throw ObjectError(
                .tooMany(
                    "instructions", count: UInt64(start + code.instructions.count), limit: Limits.instructions))
        }
        try charge(function, code)
        layout.starts[index] = start
        layout.order.append(index)
        layout.code += code.instructions
        for (instruction, reason) in code.poison { layout.poison[start + instruction] = reason }
    }

    // MARK: - References

    private mutating func apply(
        _ function: ObjectFunction, _ index: Int, to layout: inout ProgramLayout
    ) throws(ObjectError) {
        guard let base = layout.starts[index] else { return }
        for reference in function.references {
            let place = base + reference.instruction
            switch reference.target {
            case .map(let map):
                layout.references.append(.init(instruction: place, map: map, valueOffset: nil))
            case .data(let map, let offset):
                layout.references.append(.init(instruction: place, map: map, valueOffset: offset))
            case .call(let callee):
                layout.code[place].source = Instruction.pseudoCall
                layout.code[place].immediate = layout.distance(from: place, to: callee)
            case .address(let callee):
                layout.code[place].source = Instruction.pseudoFunction
                layout.code[place].immediate = layout.distance(from: place, to: callee)
                layout.code[place + 1].immediate = 0
            case .extern(let number):
                do throws(ObjectError) {
                    try put(try found(number), at: place, externs.symbols[number], &layout)
                } catch {
                    var error = error
                    error.instruction = error.instruction ?? reference.instruction
                    error.symbol = error.symbol ?? externs.symbols[number].name
                    error.program = error.program ?? function.name
                    error.source =
                        error.source
                        ?? typeInfo.lines(ofSection: function.sectionName)?
                        .use(at: function.start + reference.instruction, of: [externs.symbols[number].name])
                    throw error
                }
            }
        }
    }

    private func found(_ number: Int) throws(ObjectError) -> ResolvedExtern {
        if let known = resolved.known[number] { return known }
        let answer = try resolve(externs.symbols[number])
        resolved.known[number] = answer
        return answer
    }

    private func put(
        _ extern: ResolvedExtern, at place: Int, _ symbol: ExternSymbol, _ layout: inout ProgramLayout
    ) throws(ObjectError) {
        if layout.code[place].code == Instruction.callCode {
            switch extern {
            case .kernelObject(let id, let module):
                layout.code[place].source = Instruction.pseudoKernelCall
                layout.code[place].immediate = Int32(bitPattern: id)
                layout.code[place].offset = try layout.moduleIndex(module)
            case .missing:
                layout.code[place] = Instruction(code: Instruction.callCode, immediate: Instruction.missingFunction)
                layout.poison[place] = Diagnostic(
                    .kfuncUnguarded, stage: .program, "the kernel has no function \(symbol.name)",
                    cause: "it is declared __weak, and this call of it can be reached",
                    nextStep: "guard the call with bpf_ksym_exists(\(symbol.name))")
            case .value, .data: throw ObjectError(.callOfData)
            }
            return
        }
        var value: UInt64 = 0
        switch extern {
        case .value(let number): value = number
        case .missing: break
        case .kernelObject(let id, let module):
            layout.code[place].source = Instruction.pseudoKernelVariable
            value = UInt64(id)
            if module != 0 { layout.moduleVariables.append(.init(instruction: place, module: module)) }
        case .data(let map, let offset):
            layout.references.append(.init(instruction: place, map: map, valueOffset: offset))
            return
        }
        layout.code[place].immediate = Int32(truncatingIfNeeded: value)
        layout.code[place + 1].immediate = Int32(truncatingIfNeeded: value >> 32)
    }
}

/// A program while it is being linked.
private struct ProgramLayout {
    var code: [Instruction] = []
    /// Where each function begins, by its index.
    var starts: [Int: Int] = [:]
    var order: [Int] = []
    var references: [LinkedProgram.MapReference] = []
    var modules: [UInt32] = []
    var moduleVariables: [LinkedProgram.ModuleReference] = []
    var poison: [Int: Diagnostic] = [:]

    /// What a call or an address at `place` has in its immediate: instructions from the one after it.
    func distance(from place: Int, to function: Int) -> Int32 {
        Int32(truncatingIfNeeded: (starts[function] ?? 0) - place - 1)
    }

    /// The place of a module's BTF in `fd_array`; 0 is vmlinux.
    mutating func moduleIndex(_ module: UInt32) throws(ObjectError) -> Int16 {
        guard module != 0 else { return 0 }
        if modules.isEmpty { modules.append(0) }
        if let known = modules.firstIndex(of: module) { return Int16(known) }
        guard let index = Int16(exactly: modules.count), index < 256 else {
            throw ObjectError(.tooMany("modules", count: UInt64(modules.count), limit: 256))
        }
        modules.append(module)
        return index
    }
}

extension BTFExtension.Part {
    /// The records of all functions of a program, counted in its instructions.
    ///
    /// The kernel wants one for the first instruction of every function or none at all.
    fileprivate func merged(_ pieces: [LinkedProgram.Piece]) -> LinkedProgram.Records? {
        guard recordSize > 0 else { return nil }
        var bytes: [UInt8] = []
        for piece in pieces {
            let own = records(in: piece.function.range, ofSection: piece.function.sectionName)
            guard own.first?.instruction == piece.function.start else { return nil }
            for record in own {
                let index = UInt32(truncatingIfNeeded: record.instruction - piece.function.start + piece.start)
                bytes += index.nativeBytes
                bytes += self.bytes(of: record).dropFirst(4)
            }
        }
        return LinkedProgram.Records(recordSize: recordSize, bytes: bytes)
    }
}

extension UInt32 {
    /// The bytes in the order of this machine.
    var nativeBytes: [UInt8] {
        let bytes = (0..<4).map { UInt8(truncatingIfNeeded: self >> UInt32(8 * $0)) }
        return ByteOrder.native == .little ? bytes : bytes.reversed()
    }
}
