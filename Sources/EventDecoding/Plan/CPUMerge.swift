// SPDX-License-Identifier: Apache-2.0

/// How the numbers that all CPUs have for one member become one.
package enum CPUMerge: String, Sendable {
    /// Added up, as counters are.
    case sum
    /// The largest of them: a maximum of maxima is one, a sum of them is nothing.
    case max
    /// The least of them.
    case min

    /// What the name of a member says: `max_ns`, `lat_max`, `min`, `minimum_size`.
    ///
    /// - Returns: Nil if it says nothing.
    package static func byName(_ name: String) -> CPUMerge? {
        let words = name.split(separator: "_").map { $0.lowercased() }
        // Minor faults of the kernel's task.
        if words.first == "min", words.count == 2, words[1].hasPrefix("flt") || words[1].hasPrefix("fault") {
            return nil
        }
        for word in [words.first, words.last] {
            switch word {
            case "max", "maximum": return .max
            case "min", "minimum": return .min
            default: break
            }
        }
        return nil
    }
}
