// SPDX-License-Identifier: Apache-2.0

/// The metrics of a map's elements as of one snapshot.
struct SampleText: Equatable {
    /// One family of metrics.
    struct Family: Equatable {
        /// What `# TYPE` says of it.
        enum Kind: String {
            case counter, gauge, histogram
        }

        /// Its name, which is legal in the format.
        var name: String
        /// What it is.
        var kind: Kind
        /// What `# HELP` says of it.
        var help: String
        /// What follows its name in each line: a suffix, labels and a value.
        var samples: [String] = []
    }

    /// The families.
    var families: [Family] = []
    /// The elements that are not in them, since there are more than are wanted, or others have the same labels.
    var leftOut: UInt64 = 0
}

/// Names as Prometheus's text format allows them.
enum SampleName {
    /// A name of a metric: letters, digits and `_`, and no digit in front.
    static func metric(_ text: String) -> String {
        let name = String(text.unicodeScalars.map { isPlain($0) ? Character($0) : "_" })
        guard let first = name.unicodeScalars.first, !("0"..."9").contains(first) else { return "_" + name }
        return name
    }

    /// A name of a label; those that have a meaning of their own get `key_` in front.
    static func label(_ text: String) -> String {
        let name = metric(text)
        return reserved.contains(name) || name.hasPrefix("__") ? "key_" + name : name
    }

    /// The bounds of buckets, the elements of arrays, and what a server adds.
    private static let reserved: Set<String> = ["le", "quantile", "index", "job", "instance"]

    /// Makes a name another one than those before.
    static func unlike(_ others: inout Set<String>, _ name: String) -> String {
        var own = name
        var number = 2
        while !others.insert(own).inserted {
            own = "\(name)_\(number)"
            number += 1
        }
        return own
    }

    private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
        ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar) || ("0"..."9").contains(scalar) || scalar == "_"
    }
}
