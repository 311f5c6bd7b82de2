// SPDX-License-Identifier: Apache-2.0

package import BTF
package import Diagnostics

/// The BTF of an object as far as it can be read: types, source lines, CO-RE relocations.
///
/// An object without it, or with a broken one, loads all the same, so nothing here throws.
package struct ObjectTypeInfo: Sendable {
    package private(set) var types: BTF?
    private(set) var extra: BTFExtension?
    package private(set) var warnings: [Diagnostic] = []

    init(_ file: borrowing ELFFile) {
        guard let section = file.firstSection(named: ".BTF") else { return }
        types = read(section, in: file, losing: "map layouts are inferred from sizes; messages name no source lines") {
            (reader) throws(BTFError) in try BTF(reader)
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
            .sectionUnreadable, .warning, stage: .object, "section \(section.name) cannot be read and is not used",
            cause: cause,
            details: [loss])
        warning.section = section.name
        warnings.append(warning)
        return nil
    }

    /// The source lines of a section.
    package func lines(ofSection section: String) -> SourceLines? {
        guard let types, let extra, let records = extra.lines.sections[section] else { return nil }
        return SourceLines(records: records, part: extra.lines, types: types)
    }
}

/// The source lines of the instructions of one section.
package struct SourceLines: Sendable {
    let records: [BTFExtension.Record]
    let part: BTFExtension.Part
    let types: BTF

    /// The line of an instruction of the section: that of the last record at or before it.
    package subscript(instruction: Int) -> Diagnostic.Label? {
        line(ofRecord: records.firstIndex(notBefore: instruction + 1) - 1)
    }

    /// The line of an instruction as its text, without spaces in front; nil where compilers give none.
    package func text(at instruction: Int) -> String? {
        guard let line = self[instruction], line.line > 0 else { return nil }
        return line.unindentedText
    }

    /// The lines of some instructions without spaces in front, each once, in the order of the code.
    ///
    /// - Parameter most: How many there may be.
    package func texts(in range: Range<Int>, most: Int) -> [String] {
        var seen: Set<String> = []
        var found: [String] = []
        let first = records.firstIndex(notBefore: range.lowerBound)
        let end = records.firstIndex(notBefore: range.upperBound)
        for index in first..<max(first, end) {
            guard found.count < most else { break }
            guard let line = line(ofRecord: index), line.line > 0, !line.text.isEmpty else { continue }
            let text = line.unindentedText
            if seen.insert(text).inserted { found.append(text) }
        }
        return found
    }

    /// The line of an instruction or, since compilers give instructions of CO-RE relocations to the line before, one of
    /// the next lines whose text has a name; nil if none has.
    func line(near instruction: Int, naming name: String) -> Diagnostic.Label? {
        let own = records.firstIndex(notBefore: instruction + 1) - 1
        for index in max(own, 0)..<min(own + Self.searchedLines, records.count) {
            guard let line = line(ofRecord: index), line.text.contains(name) else { continue }
            return line
        }
        return nil
    }

    /// The line where something is used that is not there, underlined: the instruction's own, or one of the next that has
    /// one of the names, since compilers move such instructions to the start of a function.
    func use(at instruction: Int, of names: [String]) -> Diagnostic.Label? {
        let found = names.lazy.compactMap { line(near: instruction, naming: $0) }.first
        return (found ?? self[instruction]).map { $0.underlined(SourceExpression($0)) }
    }

    /// Lines in which a name is looked for.
    private static let searchedLines = 4

    private func line(ofRecord index: Int) -> Diagnostic.Label? {
        guard records.indices.contains(index), let file = part.field(1, of: records[index]),
            let text = part.field(2, of: records[index]),
            let place = part.field(3, of: records[index])
        else { return nil }
        // The text keeps its indentation: columns count from the start of the line.
        return Diagnostic.Label(
            file: types.string(file), line: place >> 10, column: place & 0x3ff, text: types.string(text))
    }
}
