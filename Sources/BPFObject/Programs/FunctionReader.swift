// SPDX-License-Identifier: Apache-2.0

internal import BTF

/// Cuts the code of a section into functions, as its symbols say.
struct FunctionReader {
    private struct Part {
        let name: String
        let range: Range<Int>
        let isGlobal: Bool
    }

    private let section: ELFSection
    private let context: ObjectContext

    init(_ section: ELFSection, context: ObjectContext) {
        self.section = section
        self.context = context
    }

    /// The functions of the section, in its order; what is wrong with the code is the refusal of each.
    ///
    /// - Parameter limit: How many the object may still have.
    /// - Throws: An error if there are more.
    func functions(_ file: borrowing ELFFile, limit: Int) throws(ObjectError) -> [ObjectFunction] {
        var refusal: ObjectError?
        var code: [Instruction] = []
        var parts: [Part] = []
        do throws(ObjectError) {
            code = try instructions(file)
            parts = try self.parts(count: code.count)
        } catch {
            refusal = error
            refusal?.section = section.name
        }
        if parts.isEmpty {
            // Old compilers and hand-written objects have no function symbols: all of the section is one program.
            let name = context.label(atStartOf: section.index) ?? section.name
            parts = [Part(name: name, range: code.indices, isGlobal: true)]
        }
        guard parts.count <= limit else {
            throw ObjectError(
                .tooMany(
                    "functions", count: UInt64(Limits.functions - limit + parts.count), limit: Limits.functions),
                section: section.name)
        }
        return parts.map { part in
            var function = ObjectFunction(
                name: part.name, section: section.index, sectionName: section.name, start: part.range.lowerBound,
                instructions: Array(code[part.range]), isGlobal: part.isGlobal)
            function.refusal = refusal
            function.refusal?.program = part.name
            return function
        }
    }

    private func instructions(_ file: borrowing ELFFile) throws(ObjectError) -> [Instruction] {
        let size = Instruction.size
        guard section.size % size == 0 else { throw ObjectError(.codeSize(section.size)) }
        let count = section.size / size
        guard count <= Limits.instructions else {
            throw ObjectError(.tooMany("instructions", count: UInt64(count), limit: Limits.instructions))
        }
        let reader = try file.bytes(of: section)
        var code: [Instruction] = []
        code.reserveCapacity(count)
        for index in 0..<count {
            guard let instruction = Instruction(reading: reader, at: index * size) else { break }
            code.append(instruction)
        }
        return code
    }

    /// Where each function lies; several names of one are one, and no instruction belongs to two.
    private func parts(count: Int) throws(ObjectError) -> [Part] {
        guard let symbols = context.symbols else { return [] }
        var found: [(symbol: ELFSymbol, start: Int)] = []
        for index in context.symbolsBySection[section.index] ?? [] {
            guard let symbol = symbols[index], symbol.type == ELF.SymbolType.function else { continue }
            let name = symbols.name(of: symbol)
            guard symbol.value % UInt64(Instruction.size) == 0, symbol.value < UInt64(section.size) else {
                throw ObjectError(.functionPlace(name, symbol.value))
            }
            found.append((symbol, Int(symbol.value) / Instruction.size))
        }
        // Of several names for one place a global one is the better.
        found.sort { ($0.start, $0.symbol.isGlobal ? 0 : 1) < ($1.start, $1.symbol.isGlobal ? 0 : 1) }
        var parts: [Part] = []
        for (index, entry) in found.enumerated() where parts.last?.range.lowerBound != entry.start {
            let name = symbols.name(of: entry.symbol)
            let next = found[index...].first { $0.start > entry.start }?.start ?? count
            let size = entry.symbol.size / UInt64(Instruction.size)
            guard size <= UInt64(count - entry.start) else {
                throw ObjectError(.functionPlace(name, entry.symbol.value))
            }
            let end = size == 0 ? next : entry.start + Int(size)
            guard end <= next else { throw ObjectError(.functionOverlap(name)) }
            parts.append(Part(name: name, range: entry.start..<end, isGlobal: entry.symbol.isGlobal))
        }
        return parts
    }
}
