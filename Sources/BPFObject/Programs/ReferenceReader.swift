// SPDX-License-Identifier: Apache-2.0

internal import BTF

/// Finds out what the instructions of an object's functions stand for: by their relocations, and by what they say
/// themselves where the compiler needed none.
struct ReferenceReader {
    private let context: ObjectContext
    private let externs: ExternTable
    /// The index of each function by its place.
    private let functionIndex: SectionPlaces

    init(_ functions: [ObjectFunction], externs: ExternTable, context: ObjectContext) {
        self.context = context
        self.externs = externs
        var index = SectionPlaces()
        for (number, function) in functions.enumerated() {
            index[section: function.section, function.start] = number
        }
        functionIndex = index
    }

    /// Fills in the references of the functions of one section, which follow each other in `functions`.
    ///
    /// What is wrong with one function is its refusal, so that the others can be used.
    func read(_ section: ELFSection, _ functions: inout ArraySlice<ObjectFunction>, _ file: borrowing ELFFile) {
        var entries: [ELFRelocation] = []
        do throws(ObjectError) {
            for relocations in context.relocationSections[section.index] ?? [] {
                entries += try self.entries(of: relocations, file)
            }
        } catch {
            for index in functions.indices { refuse(&functions[index], error) }
            return
        }
        entries.sort { $0.offset < $1.offset }
        var next = entries.startIndex
        for index in functions.indices {
            let start = UInt64(functions[index].range.lowerBound * Instruction.size)
            let end = UInt64(functions[index].range.upperBound * Instruction.size)
            // What lies between functions belongs to none: nobody runs it.
            while next < entries.endIndex, entries[next].offset < start { next += 1 }
            var own: [ELFRelocation] = []
            while next < entries.endIndex, entries[next].offset < end {
                own.append(entries[next])
                next += 1
            }
            guard functions[index].refusal == nil else { continue }
            do throws(ObjectError) {
                functions[index].references = try references(of: functions[index], own)
            } catch {
                refuse(&functions[index], error)
            }
        }
        if next < entries.endIndex, let last = functions.indices.last, entries[next].offset >= UInt64(section.size) {
            refuse(&functions[last], ObjectError(.relocationOutside(entries[next].offset, size: section.size)))
        }
    }

    private func refuse(_ function: inout ObjectFunction, _ error: ObjectError) {
        guard function.refusal == nil else { return }
        function.refusal = error
        function.refusal?.section = function.sectionName
        function.refusal?.program = function.name
    }

    private func entries(
        of relocations: ELFSection, _ file: borrowing ELFFile
    ) throws(ObjectError) -> [ELFRelocation] {
        let entries = try ELFRelocation.all(of: relocations, in: file)
        guard !entries.isEmpty else { return [] }
        guard let symbols = context.symbols, relocations.link == UInt32(symbols.sectionIndex) else {
            throw ObjectError(
                .badLink("section \(relocations.name)", what: "the symbol table", index: UInt64(relocations.link)))
        }
        return entries
    }

    // MARK: - One function

    private func references(
        of function: ObjectFunction, _ entries: [ELFRelocation]
    ) throws(ObjectError) -> [ObjectFunction.Reference] {
        var references: [ObjectFunction.Reference] = []
        var last: Int?
        for entry in entries {
            guard entry.offset % UInt64(Instruction.size) == 0 else {
                throw ObjectError(.relocationMisaligned(entry.offset))
            }
            let place = Place(function, Int(entry.offset) / Instruction.size - function.start, context)
            guard let symbols = context.symbols, let symbol = symbols[entry.symbol] else {
                throw place.fail(.relocationSymbol(entry.symbol, count: context.symbols?.count ?? 0))
            }
            // Only errors need it, and it may take a search.
            func name() -> String { place.name(of: symbol, entry, symbols) }
            guard place.index != last else { throw place.fail(.relocationTwice, name()) }
            last = place.index
            references.append(
                ObjectFunction.Reference(
                    instruction: place.index, target: try target(of: entry, symbol, name, place)))
        }
        references += try unmarked(function, marked: Set(references.map(\.instruction)))
        references.sort { $0.instruction < $1.instruction }
        return references
    }

    /// Calls within a section need no relocation; loads of a descriptor without one are from another process.
    private func unmarked(
        _ function: ObjectFunction, marked: Set<Int>
    ) throws(ObjectError) -> [ObjectFunction.Reference] {
        var references: [ObjectFunction.Reference] = []
        var index = 0
        while index < function.instructions.count {
            let instruction = function.instructions[index]
            let place = Place(function, index, context)
            if instruction.isWideLoad {
                guard index + 1 < function.instructions.count else { throw place.fail(.halfWideLoad) }
                // A number here is a descriptor of whoever loads the program: the file cannot know one.
                if instruction.source != 0, instruction.source != Instruction.pseudoKernelVariable,
                    !marked.contains(index)
                {
                    throw place.fail(.foreignDescriptor(instruction.source))
                }
                index += 2
                continue
            }
            if instruction.callsFunction, !marked.contains(index) {
                let target = function.start + index + 1 + Int(instruction.immediate)
                func name() -> String {
                    context.name(at: Int64(target * Instruction.size), inSection: function.section)
                }
                references.append(
                    ObjectFunction.Reference(
                        instruction: index,
                        target: .call(try callee(section: function.section, instruction: target, name, place))))
            }
            index += 1
        }
        return references
    }

    private func callee(
        section: Int, instruction: Int, _ name: () -> String, _ place: Place
    ) throws(ObjectError) -> Int {
        guard let index = functionIndex[section: section, instruction] else {
            throw place.fail(.callIntoFunction, name())
        }
        return index
    }

    // MARK: - One relocation

    private func target(
        of entry: ELFRelocation, _ symbol: ELFSymbol, _ name: () -> String, _ place: Place
    ) throws(ObjectError) -> ObjectFunction.Reference.Target {
        let instruction = place.instruction
        let isCall = instruction.code == Instruction.callCode
        guard isCall || instruction.isWideLoad else {
            throw place.fail(.relocationOfOther(instruction.description), name())
        }
        guard isCall || place.index + 1 < place.function.instructions.count else {
            throw place.fail(.halfWideLoad, name())
        }
        if symbol.section == 0 {
            guard !name().isEmpty else { throw place.fail(.relocationToNowhere, name()) }
            guard let index = externs.index(of: name()) else { throw place.fail(.relocationToExtern, name()) }
            return .extern(index)
        }
        guard symbol.section != ELF.common else { throw place.fail(.relocationToCommon, name()) }
        guard let section = context.section(of: symbol) else { throw place.fail(.relocationToNowhere, name()) }
        if section.flags & ELF.executable != 0 {
            return try codeTarget(entry, symbol, section, name, place)
        }
        guard !isCall else { throw place.fail(.relocationOfOther(instruction.description), name()) }
        // In REL the addend is in the first half; the second is zero.
        let addend = entry.addend ?? Int64(instruction.immediate)
        let (offset, overflow) = Int64(truncatingIfNeeded: symbol.value).addingReportingOverflow(addend)
        if context.definesMaps(section.index) {
            guard !overflow, let start = Int(exactly: offset),
                let map = context.mapIndex[section: section.index, start]
            else { throw place.fail(.relocationIntoMap(offset), name()) }
            return .map(map)
        }
        guard let map = context.dataMap[section.index] else {
            throw place.fail(.relocationToData(section.name), name())
        }
        guard !overflow, let offset = Int32(exactly: offset), offset >= 0,
            UInt64(offset) <= section.claimedSize
        else { throw place.fail(.relocationOutsideData(offset, section: section.name), name()) }
        return .data(map: map, offset: offset)
    }

    /// A call counts in instructions from the one after it, an address in bytes from the symbol.
    private func codeTarget(
        _ entry: ELFRelocation, _ symbol: ELFSymbol, _ section: ELFSection, _ name: () -> String, _ place: Place
    ) throws(ObjectError) -> ObjectFunction.Reference.Target {
        let immediate = Int64(place.instruction.immediate)
        let isCall = place.instruction.code == Instruction.callCode
        let size = Int64(Instruction.size)
        guard let value = Int64(exactly: symbol.value), value < Int64(Limits.fileSize) else {
            throw place.fail(.relocationToNowhere, name())
        }
        let distance = isCall ? (immediate + 1) * size : (entry.addend ?? immediate)
        let (bytes, overflow) = value.addingReportingOverflow(distance)
        guard !overflow, bytes >= 0, bytes % size == 0 else { throw place.fail(.callIntoFunction, name()) }
        let index = try callee(section: section.index, instruction: Int(bytes / size), name, place)
        return isCall ? .call(index) : .address(index)
    }
}

/// An instruction of a function, and how errors name it.
private struct Place {
    let function: ObjectFunction
    let index: Int
    let context: ObjectContext

    init(_ function: ObjectFunction, _ index: Int, _ context: ObjectContext) {
        self.function = function
        self.index = index
        self.context = context
    }

    var instruction: Instruction { function.instructions[index] }

    func fail(_ reason: ObjectError.Reason, _ symbol: String? = nil) -> ObjectError {
        var error = ObjectError(reason)
        error.instruction = index
        error.symbol = symbol
        error.source = context.typeInfo.lines(ofSection: function.sectionName)?[function.start + index]
        return error
    }

    /// The symbol's name, or, since a section's symbol has none of its own, that of what lies at the addend.
    func name(of symbol: ELFSymbol, _ entry: ELFRelocation, _ symbols: ELFSymbolTable) -> String {
        guard symbol.type == ELF.SymbolType.section, symbol.section < ELF.firstReserved else {
            return symbols.name(of: symbol)
        }
        var addend = Int64(instruction.immediate)
        if instruction.code == Instruction.callCode { addend = (addend + 1) * Int64(Instruction.size) }
        return context.name(at: entry.addend ?? addend, inSection: Int(symbol.section))
    }
}
