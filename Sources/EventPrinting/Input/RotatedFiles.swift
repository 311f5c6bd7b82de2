// SPDX-License-Identifier: Apache-2.0

internal import BPFCore
internal import ToolSupport

/// Finds the file that comes after one that is read, where a writer renames them: `OUT`, `OUT.1`, `OUT.2` and so on, and
/// then archives them (``RotatedName``).
///
/// Rotation continues meanwhile, and may have been at work more than once. A file only moves towards the old end of the
/// row, and older files move first: if the file that is read has the same place before and after another one was opened,
/// no file has come between the two.
struct RotatedFiles {
    /// `OUT`.
    let path: String

    /// What comes after a file.
    enum Successor {
        /// Nothing yet.
        case none
        case file(OpenedFile)
        /// A file, and the one that was read has been removed: those between them may be too.
        case fileAfterGap(OpenedFile)
    }

    /// The highest number that is looked for, so that a hostile directory does not keep the printer busy.
    private static let mostNumbers = 100_000

    /// The file after the one that is read; an `OUT` with nothing in it is none yet, since the writer may still be at
    /// work in the old one.
    func successor(of current: OpenedFile) -> Successor {
        guard let facts = FileFacts(path) else { return .none }
        guard facts.identity != current.identity else { return .none }
        if let number = number(of: current) {
            return open(highestNumber(below: number)).flatMap {
                // Whether the order was still the same when it was opened.
                self.number(of: current) == number && highestNumber(below: number) == $0.number ? .file($0.file) : nil
            } ?? .none
        }
        let archived = RotatedName.archivedNumbers(path)
        if let place = archived.lastIndex(where: { archivedFacts($0)?.identity == current.identity }) {
            return successor(ofArchived: place, archived)
        }
        if let next = firstArchived(notOlderThan: current, archived) { return .fileAfterGap(next) }
        let number = highestNumber(notOlderThan: current)
        guard let next = open(number), highestNumber(notOlderThan: current) == number else { return .none }
        return next.number == 0 ? .file(next.file) : .fileAfterGap(next.file)
    }

    /// The file after an archived one, which keeps its name: the next archived one, or the oldest that is not archived.
    ///
    /// - Parameters:
    ///   - place: Where its number stands among those of all.
    ///   - numbers: Those that are archived.
    private func successor(ofArchived place: Int, _ numbers: [Int]) -> Successor {
        if place + 1 < numbers.count {
            guard let next = openArchived(numbers[place + 1]) else { return .none }
            return numbers[place + 1] == numbers[place] + 1 ? .file(next) : .fileAfterGap(next)
        }
        guard let next = open(highestNumber(below: RotatedName.renamed + 1)) else { return .none }
        // Whether none has been archived since, but for the one that was opened.
        guard let new = RotatedName.archivedNumbers(path).first(where: { $0 > numbers[place] }) else {
            return highestNumber(below: RotatedName.renamed + 1) == next.number ? .file(next.file) : .none
        }
        return archivedFacts(new)?.identity == next.file.identity ? .file(next.file) : .none
    }

    /// The oldest archived file that is not older than the one that is read, which has been removed.
    private func firstArchived(notOlderThan current: OpenedFile, _ numbers: [Int]) -> OpenedFile? {
        guard let written = FileFacts(descriptor: current.rawDescriptor)?.written,
            let number = numbers.first(where: { (archivedFacts($0)?.written ?? .min) >= written })
        else { return nil }
        return openArchived(number)
    }

    private func openArchived(_ number: Int) -> OpenedFile? {
        guard let file = try? OpenedFile(RotatedName.archived(path, number), waits: false), file.identity != nil else {
            return nil
        }
        return file
    }

    private func archivedFacts(_ number: Int) -> FileFacts? { FileFacts(RotatedName.archived(path, number)) }

    /// The number of the file that is read; nil if it has been removed, or has a name of another kind.
    private func number(of current: OpenedFile) -> Int? {
        var missing = 0
        for number in 0...Self.mostNumbers {
            guard let facts = facts(number) else {
                missing += 1
                // A rotation that is at work leaves one name free.
                if missing > 2 { return nil }
                continue
            }
            missing = 0
            if facts.identity == current.identity { return number }
        }
        return nil
    }

    private func highestNumber(below number: Int) -> Int {
        var candidate = number - 1
        while candidate > 0, facts(candidate) == nil { candidate -= 1 }
        return max(candidate, 0)
    }

    /// The oldest file that is not older than the one that is read, which has no number any more.
    private func highestNumber(notOlderThan current: OpenedFile) -> Int {
        guard let written = FileFacts(descriptor: current.rawDescriptor)?.written else { return 0 }
        var number = 0
        while number < Self.mostNumbers, let facts = facts(number + 1), facts.written >= written { number += 1 }
        return number
    }

    private func open(_ number: Int) -> (number: Int, file: OpenedFile)? {
        guard let file = try? OpenedFile(RotatedName.name(path, number), waits: false), file.identity != nil,
            facts(number)?.identity == file.identity,
            let size = FileFacts(descriptor: file.rawDescriptor)?.size, number > 0 || size > 0
        else { return nil }
        return (number, file)
    }

    private func facts(_ number: Int) -> FileFacts? { FileFacts(RotatedName.name(path, number)) }
}
