// SPDX-License-Identifier: Apache-2.0

package import EventDecoding

/// What `--hist` says: where a histogram is, and how its buckets are to be read.
///
///     hists                          the array of counters in the values of hists, or hists whose keys are buckets
///     stats.value.sizes:log2         that member
///     lens.slots:linear(0,1)
package struct HistogramChoice: Sendable, Equatable {
    /// The name of the map.
    package let map: String
    /// The member with the counters, `value.` in front of it or not; nil for the one that is recognised.
    package let field: String?
    /// How buckets are read; nil for what the type says, or powers of two.
    package let scale: BucketScale?
    /// The map and the member as they were written.
    private let place: String

    /// Reads `MAP[.FIELD][:log2|:linear(min,step)]`; the name of a section (`.bss`) may begin with a dot.
    package init?(parsing text: String) {
        var place = text[...]
        scale = text.lastIndex(of: ":").flatMap { colon in
            place = text[..<colon]
            return BucketScale(parsing: text[text.index(after: colon)...])
        }
        if place.endIndex != text.endIndex, scale == nil { return nil }
        self.place = String(place)
        guard let first = place.first else { return nil }
        let start = first == "." ? place.index(after: place.startIndex) : place.startIndex
        guard let dot = place[start...].firstIndex(of: ".") else {
            guard start < place.endIndex else { return nil }
            map = String(place)
            field = nil
            return
        }
        let name = place[..<dot]
        let rest = place[place.index(after: dot)...]
        guard dot > start, !rest.isEmpty else { return nil }
        map = String(name)
        field = String(rest)
    }

    private init(_ map: String, _ field: String?, of other: HistogramChoice) {
        self.map = map
        self.field = field
        (scale, place) = (other.scale, other.place)
    }

    /// What is said of a map that has several names; nil if it is of another one.
    package func reading(ofMap names: [String]) -> HistogramChoice? {
        for name in names {
            if let choice = reading(ofMap: name) { return choice }
        }
        return nil
    }

    /// What is said of a map; nil if it is of another one.
    ///
    /// Names of maps may have dots themselves: the kernel's name of a section is `prog_.bss`, which `.bss` means too.
    package func reading(ofMap name: String) -> HistogramChoice? {
        let section = name.firstIndex(of: ".").map { String(name[$0...]) }
        for known in [name, section].compactMap({ $0 }) where !known.isEmpty {
            if place == known { return HistogramChoice(name, nil, of: self) }
            guard place.hasPrefix(known + "."), place.utf8.count > known.utf8.count + 1 else { continue }
            return HistogramChoice(name, String(place.dropFirst(known.count + 1)), of: self)
        }
        return nil
    }
}
