// SPDX-License-Identifier: Apache-2.0

/// Makes a program of a section of code and the relocations to it.
///
/// What is wrong with one program must not keep the others from being used, so it is kept in the program as its
/// refusal and not thrown.
struct ProgramReader {
    private let context: ObjectContext
    private let section: ELFSection
    private let lines: SourceLines?
    private var name: String
    private var instructions: [Instruction] = []
    private var references: [ProgramDefinition.MapReference] = []
    /// The instructions that have a relocation.
    private var relocated: Set<Int> = []

    init(_ section: ELFSection, context: ObjectContext) {
        self.context = context
        self.section = section
        lines = context.typeInfo.lines(ofSection: section.name)
        name = section.name
    }

    /// The program, with the first thing that keeps it from being loaded.
    mutating func read(_ file: borrowing ELFFile) -> ProgramDefinition {
        var refusal: ObjectError?
        do throws(ObjectError) {
            try readCode(file)
            try readFunctions()
            for relocations in context.relocationSections[section.index] ?? [] {
                try apply(relocations, file)
            }
            try checkCode()
            try checkFieldRelocations()
        } catch {
            refusal = error
            refusal?.section = section.name
            refusal?.program = name
        }
        references.sort { $0.instruction < $1.instruction }
        return ProgramDefinition(
            name: name, section: section.name, instructions: instructions, mapReferences: references, refusal: refusal,
            lines: lines)
    }

    private mutating func readCode(_ file: borrowing ELFFile) throws(ObjectError) {
        let size = Instruction.size
        guard section.size % size == 0 else { throw ObjectError(.codeSize(section.size)) }
        let count = section.size / size
        guard count <= Limits.instructions else {
            throw ObjectError(.tooMany("instructions", count: UInt64(count), limit: Limits.instructions))
        }
        let reader = try file.bytes(of: section)
        instructions.reserveCapacity(count)
        for index in 0..<count {
            guard let instruction = Instruction(reading: reader, at: index * size) else { break }
            instructions.append(instruction)
        }
    }

    /// Names the program, and finds out whether the section holds more than one.
    private mutating func readFunctions() throws(ObjectError) {
        guard let symbols = context.symbols else { return }
        var start: ELFSymbol?
        var others: [ELFSymbol] = []
        for index in context.symbolsBySection[section.index] ?? [] {
            guard let symbol = symbols[index], symbol.type == ELF.SymbolType.function else { continue }
            if symbol.value != 0 {
                others.append(symbol)
            } else if start == nil || (symbol.isGlobal && start?.isGlobal == false) {
                start = symbol
            }
        }
        if let start {
            let function = symbols.name(of: start)
            if !function.isEmpty { name = function }
        }
        guard others.isEmpty || start == nil && others.count == 1 else {
            let all = (start.map { [$0] } ?? []) + others
            let names = all.prefix(9).map { symbols.name(of: $0) }
            throw ObjectError(.severalFunctions(names + Array(repeating: "", count: all.count - names.count)))
        }
    }

    // MARK: - Relocations

    private mutating func apply(_ relocations: ELFSection, _ file: borrowing ELFFile) throws(ObjectError) {
        let entries = try ELFRelocation.all(of: relocations, in: file)
        guard !entries.isEmpty else { return }
        guard let symbols = context.symbols, relocations.link == UInt32(symbols.sectionIndex) else {
            throw ObjectError(
                .badLink("section \(relocations.name)", what: "the symbol table", index: UInt64(relocations.link)))
        }
        for entry in entries {
            guard entry.offset < UInt64(section.size) else {
                throw ObjectError(.relocationOutside(entry.offset, size: section.size))
            }
            let offset = Int(entry.offset)
            guard offset % Instruction.size == 0 else { throw ObjectError(.relocationMisaligned(entry.offset)) }
            let index = offset / Instruction.size
            guard let symbol = symbols[entry.symbol] else {
                throw fail(.relocationSymbol(entry.symbol, count: symbols.count), at: index, nil)
            }
            let name = symbolName(symbol, symbols, entry, at: index)
            guard relocated.insert(index).inserted else { throw fail(.relocationTwice, at: index, name) }
            try apply(entry, to: index, symbol, name)
        }
    }

    private mutating func apply(
        _ entry: ELFRelocation, to index: Int, _ symbol: ELFSymbol, _ name: String
    ) throws(ObjectError) {
        let instruction = instructions[index]
        guard instruction.isWideLoad else {
            guard instruction.code == Instruction.callCode else {
                throw fail(.relocationOfOther(instruction.description), at: index, name)
            }
            // A helper has no symbol: only functions of the object or the kernel do.
            throw fail(symbol.section == 0 ? .relocationToExtern : .functionCall, at: index, name)
        }
        guard index + 1 < instructions.count else { throw fail(.halfWideLoad, at: index, name) }
        guard let target = try targetSection(of: symbol, at: index, name) else {
            throw fail(.relocationToNowhere, at: index, name)
        }
        guard context.mapSections.contains(target.index) else {
            if target.name == ".maps" { throw fail(.btfMaps, at: index, name) }
            throw fail(
                target.flags & ELF.executable != 0 ? .relocationToFunction : .relocationToData(target.name),
                at: index, name)
        }
        let addend = entry.addend ?? wideImmediate(at: index)
        let (offset, overflow) = Int64(truncatingIfNeeded: symbol.value).addingReportingOverflow(addend)
        guard !overflow, let place = Int(exactly: offset),
            let map = context.mapIndex[MapPlace(section: target.index, offset: place)]
        else { throw fail(.relocationIntoMap(offset), at: index, name) }
        references.append(ProgramDefinition.MapReference(instruction: index, map: map))
    }

    /// The section that a symbol is defined in; nil if its number means none.
    private func targetSection(
        of symbol: ELFSymbol, at index: Int, _ name: String
    ) throws(ObjectError) -> ELFSection? {
        switch symbol.section {
        case 0: throw fail(name.isEmpty ? .relocationToNowhere : .relocationToExtern, at: index, name)
        case ELF.common: throw fail(.relocationToCommon, at: index, name)
        case ELF.firstReserved...: return nil
        default:
            return context.sections.indices.contains(Int(symbol.section)) ? context.sections[Int(symbol.section)] : nil
        }
    }

    /// The 64 bits that a load carries in its two halves.
    private func wideImmediate(at index: Int) -> Int64 {
        let low = UInt64(UInt32(bitPattern: instructions[index].immediate))
        let high = UInt64(UInt32(bitPattern: instructions[index + 1].immediate))
        return Int64(bitPattern: high << 32 | low)
    }

    /// The symbol's name, or, since a section's symbol has none of its own, that of what lies at the addend.
    private func symbolName(
        _ symbol: ELFSymbol, _ symbols: ELFSymbolTable, _ entry: ELFRelocation, at index: Int
    ) -> String {
        guard symbol.type == ELF.SymbolType.section, symbol.section < ELF.firstReserved else {
            return symbols.name(of: symbol)
        }
        let instruction = instructions[index]
        var addend = Int64(instruction.immediate)
        if instruction.code == Instruction.callCode {
            // A call counts in instructions from the one after it.
            addend = (addend + 1) * Int64(Instruction.size)
        }
        return context.name(at: entry.addend ?? addend, inSection: Int(symbol.section))
    }

    // MARK: - Checks of the code itself

    private func checkCode() throws(ObjectError) {
        var index = 0
        while index < instructions.count {
            let instruction = instructions[index]
            if instruction.isWideLoad {
                guard index + 1 < instructions.count else { throw fail(.halfWideLoad, at: index, nil) }
                // A number here is a descriptor of whoever loads the program: the file cannot know one.
                if instruction.source != 0, instruction.source != Self.pseudoKernelVariable,
                    !relocated.contains(index)
                {
                    throw fail(.foreignDescriptor(instruction.source), at: index, nil)
                }
                index += 2
                continue
            }
            if instruction.code == Instruction.callCode, instruction.source == Instruction.pseudoCall {
                throw fail(.functionCall, at: index, nil)
            }
            index += 1
        }
    }

    /// `BPF_PSEUDO_BTF_ID`: a variable of the kernel, by the id of its type.
    private static let pseudoKernelVariable: UInt8 = 3

    private func checkFieldRelocations() throws(ObjectError) {
        let places = context.typeInfo.extra?.relocations.sections[section.name] ?? []
        guard let first = places.first else { return }
        throw fail(.fieldRelocations(places.count), at: first.instruction, nil)
    }

    private func fail(_ reason: ObjectError.Reason, at index: Int, _ symbol: String?) -> ObjectError {
        var error = ObjectError(reason)
        error.instruction = index
        error.symbol = symbol
        error.source = lines?[index]
        return error
    }
}
