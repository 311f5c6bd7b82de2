// SPDX-License-Identifier: Apache-2.0

/// Makes names distinct: a key of JSON must not come twice.
///
/// Only hostile types have one name twice, and users who ask for a field twice. The second `a` is `a_`, further ones are
/// `a_3`, `a_4`. The time is linear in the names: every name that is in the way is met once.
struct DistinctNames {
    private var taken: Set<String> = []
    /// How often a name was asked for that was taken.
    private var times: [String: Int] = [:]

    /// A name that was not given out yet: the one that is asked for, if possible.
    mutating func take(_ name: String) -> String {
        if taken.insert(name).inserted { return name }
        var count = times[name] ?? 1
        var other: String
        repeat {
            count += 1
            other = count == 2 ? name + "_" : "\(name)_\(count)"
        } while !taken.insert(other).inserted
        times[name] = count
        return other
    }
}
