// SPDX-License-Identifier: Apache-2.0

internal import ToolSupport

/// Which files get which names when a new one begins: `OUT` becomes `OUT.1`, `OUT.1` becomes `OUT.2`, and so on to
/// `OUT.16`; what is older is archived under a number that it keeps (``RotatedName``).
///
/// Every step has a free name to go to, and what is one too many is removed last: where a step is refused, no file has
/// been lost.
struct RotationPlan: Equatable {
    /// A file of the row.
    enum File: Equatable {
        /// `OUT.1`, `OUT.2`, ...; 0 is `OUT` itself.
        case renamed(Int)
        /// `OUT.old.000001`, ...
        case archived(Int)

        func name(_ base: String) -> String {
            switch self {
            case .renamed(let number): RotatedName.name(base, number)
            case .archived(let number): RotatedName.archived(base, number)
            }
        }
    }

    /// A file that gets another name.
    struct Renaming: Equatable {
        let from: File
        let to: File
    }

    /// The archived files: the numbers of the oldest one, and of the next one.
    struct Archive: Equatable {
        var first = 1
        var next = 1

        /// - Parameter numbers: Those of the files that there are, in rising order.
        init(_ numbers: [Int] = []) {
            next = (numbers.last ?? 0) + 1
            first = numbers.first ?? next
        }
    }

    /// In the order in which they are carried out.
    let renamings: [Renaming]
    /// The files that are too many, under the names that they have after the renamings.
    let removals: [File]
    /// What is archived afterwards.
    let archive: Archive

    /// As many archived files are removed at once, so that no rotation takes long: there are many only where `--keep` was
    /// larger before.
    static let mostRemovals = 64

    /// Plans a rotation.
    ///
    /// - Parameters:
    ///   - last: How many files `OUT.1`, `OUT.2` and so on are there without a gap.
    ///   - archive: What is archived.
    ///   - keep: How many stay; nil keeps all.
    init(last: Int, archive: Archive, keep: Int?) {
        var archive = archive
        var renamings: [Renaming] = []
        var removals: [File] = []
        var next = max(last, 0)
        if (keep ?? .max) > RotatedName.renamed {
            while next >= RotatedName.renamed {
                renamings.append(Renaming(from: .renamed(next), to: .archived(archive.next)))
                archive.next += 1
                next -= 1
            }
        }
        renamings += (0...next).reversed().map { Renaming(from: .renamed($0), to: .renamed($0 + 1)) }
        if let keep {
            if keep <= next { removals = ((keep + 1)...(next + 1)).map { .renamed($0) } }
            let kept = max(0, keep - RotatedName.renamed)
            while archive.next - archive.first > kept, removals.count < Self.mostRemovals {
                removals.append(.archived(archive.first))
                archive.first += 1
            }
        }
        (self.renamings, self.removals, self.archive) = (renamings, removals, archive)
    }
}
