// SPDX-License-Identifier: Apache-2.0

internal import Diagnostics

/// The BTF of an object as far as it can be read: types, source lines, CO-RE relocations.
///
/// An object without it, or with a broken one, loads all the same, so nothing here throws.
struct ObjectTypeInfo: Sendable {
    private(set) var types: BTFTypes?
    private(set) var extra: BTFExtension?
    private(set) var warnings: [Diagnostic] = []

    init(_ file: borrowing ELFFile) {
        guard let section = file.firstSection(named: ".BTF") else { return }
        types = read(section, in: file, losing: "map layouts are told from sizes, and messages name no source lines") {
            (reader) throws(BTFError) in try BTFTypes(reader)
        }
        guard let types, let section = file.firstSection(named: ".BTF.ext") else { return }
        extra = read(section, in: file, losing: "messages name no source lines, and CO-RE relocations are not seen") {
            (reader) throws(BTFError) in try BTFExtension(reader, types: types)
        }
    }

    private mutating func read<Value>(
        _ section: ELFSection, in file: borrowing ELFFile, losing loss: String,
        _ parse: (ByteReader) throws(BTFError) -> Value
    ) -> Value? {
        let cause: String
        do throws(ObjectError) {
            let bytes = try file.bytes(of: section)
            do throws(BTFError) { return try parse(bytes) } catch { cause = error.description }
        } catch {
            cause = error.diagnostic.message
        }
        var warning = Diagnostic(
            .warning, stage: .object, "section \(section.name) cannot be read and is not used", cause: cause,
            details: [loss], exitStatus: .success)
        warning.section = section.name
        warnings.append(warning)
        return nil
    }

    /// The source lines of a section.
    func lines(ofSection section: String) -> SourceLines? {
        guard let types, let lines = extra?.lines[section] else { return nil }
        return SourceLines(lines: lines, types: types)
    }

    /// The instructions of a section that a CO-RE relocation changes.
    func fieldRelocations(ofSection section: String) -> [Int] { extra?.fieldRelocations[section] ?? [] }
}

/// The source lines of the instructions of one section.
struct SourceLines: Sendable {
    let lines: [BTFExtension.Line]
    let types: BTFTypes

    /// The line of an instruction: that of the last record at or before it.
    subscript(instruction: Int) -> Diagnostic.SourceLine? {
        var low = 0
        var high = lines.count
        while low < high {
            let middle = low + (high - low) / 2
            if lines[middle].instruction <= instruction { low = middle + 1 } else { high = middle }
        }
        guard low > 0 else { return nil }
        let line = lines[low - 1]
        let text = types.string(line.text)
        return Diagnostic.SourceLine(
            file: types.string(line.fileName), line: line.line, column: line.column,
            text: String(text.drop { $0 == " " || $0 == "\t" }))
    }
}
