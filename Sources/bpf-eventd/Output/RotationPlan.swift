// SPDX-License-Identifier: Apache-2.0

/// Which files get which names when a new one begins: `OUT` becomes `OUT.1`, `OUT.1` becomes `OUT.2`, and so on.
///
/// Every step has a free name to go to, and what is one too many is removed last: where a step is refused, no file has
/// been lost.
struct RotationPlan: Equatable {
    /// A file that gets the next number; 0 is `OUT` itself.
    struct Renaming: Equatable {
        /// Its number until then.
        let from: Int
        /// Its number from then on.
        var to: Int { from + 1 }
    }

    /// In the order in which they are carried out.
    let renamings: [Renaming]
    /// The numbers, after the renamings, of the files that are too many.
    let removals: [Int]

    /// Plans a rotation.
    ///
    /// - Parameters:
    ///   - last: How many files `OUT.1`, `OUT.2` and so on are there without a gap.
    ///   - keep: How many stay; nil keeps all.
    init(last: Int, keep: Int?) {
        renamings = (0...max(last, 0)).reversed().map { Renaming(from: $0) }
        removals = keep.map { $0 <= last ? Array(($0 + 1)...(last + 1)) : [] } ?? []
    }
}
