// SPDX-License-Identifier: Apache-2.0

package import EventDecoding
internal import EventTypes

/// The histograms that the elements of a map have: recognised by their form, marked by their author, or named by the
/// user.
package struct HistogramPlan: Sendable {
    /// A histogram in each element.
    package struct Array: Sendable {
        /// Its buckets.
        package let counters: CounterArray
        /// Which values they count.
        package let scale: BucketScale
        /// What the values are; empty if that is not known.
        package let unit: String
        /// Whether it was recognised by its name alone, so that its scale is a guess.
        package let isGuess: Bool

        /// The histogram of an element.
        package func histogram(of element: RawSpan) -> BucketHistogram {
            BucketHistogram(scale, (0..<counters.count).map { counters.load($0, element) ?? 0 })
        }
    }

    /// A histogram of which each element is a bucket.
    package struct Keys: Sendable {
        /// The number of the bucket.
        package let slot: EventField
        /// How many values it has.
        package let count: EventField
        /// Which values they are.
        package let scale: BucketScale
        /// What the values are; empty if that is not known.
        package let unit: String
        /// Whether it was recognised by its name alone, so that its scale is a guess.
        package let isGuess: Bool
    }

    /// The histograms that are arrays in each element.
    package private(set) var arrays: [Array] = []
    /// The histogram whose buckets are the elements.
    package private(set) var keys: Keys?
    /// What tells the histograms of different elements apart.
    package private(set) var labels: [ShownField] = []

    /// Whether a scale is a guess, since nothing but a name tells of the histogram.
    package var isGuess: Bool { arrays.contains(where: \.isGuess) || keys?.isGuess == true }

    /// What the values of each are, as far as names and tags tell it; empty where they do not.
    package var units: [String] { arrays.map(\.unit) + (keys.map { [$0.unit] } ?? []) }

    /// Whether the user named one that the map does not have.
    package private(set) var lacksChosen = false

    /// Whether there are none.
    package var isEmpty: Bool { arrays.isEmpty && keys == nil }

    /// Looks for histograms.
    ///
    /// - Parameters:
    ///   - map: The name of the map.
    ///   - pin: The name of its pin, which is whole where the kernel has cut the map's own; empty if it has none.
    ///   - plan: The type of its elements.
    ///   - isArray: Whether its keys are the numbers from 0 on.
    ///   - choices: What the user named.
    package init(map: String, pin: String = "", plan: DecodingPlan, isArray: Bool, choices: [HistogramChoice]) {
        let maps = pin.isEmpty || pin == map ? [map] : [map, pin]
        let choices = choices.compactMap { $0.reading(ofMap: maps) }
        for counters in plan.counterArrays() {
            if let array = Self.array(counters, maps, choices) { arrays.append(array) }
        }
        if arrays.isEmpty { keys = Self.keys(maps, plan, isArray: isArray, choices) }
        labels = isEmpty ? [] : labels(plan)
        lacksChosen = choices.contains { !has($0) }
    }

    /// Whether what the user named is there.
    private func has(_ choice: HistogramChoice) -> Bool {
        guard let field = choice.field else { return !isEmpty }
        let names = [field, "value." + field]
        return keys?.slot.path == "key." + field
            || arrays.contains { names.contains($0.counters.path) || names.contains($0.counters.member) }
    }

    private static func array(_ counters: CounterArray, _ maps: [String], _ choices: [HistogramChoice]) -> Array? {
        let chosen = choices.first { choice in
            guard let field = choice.field else { return false }
            return [counters.path, counters.member].contains { $0 == field || $0 == "value." + field }
        }
        let note = counters.note.map(HistogramNote.init)
        let isNamed = HistogramNames.isArray(counters.name)
        let all = choices.first { $0.field == nil }
        // The value itself has the name of its map.
        let isWhole = counters.path == "value"
        guard chosen != nil || note?.scale != nil || isNamed || isWhole && (all != nil || areNames(maps))
        else { return nil }
        let scale = chosen?.scale ?? all?.scale ?? note?.scale
        var words = [counters.name, counters.owner]
        words += maps
        words += counters.member.split(separator: ".").map { String($0) }
        return Array(
            counters: counters, scale: scale ?? .log2, unit: note?.unit ?? HistogramUnit.byName(words),
            isGuess: scale == nil)
    }

    /// Whether one of a map's names is that of a histogram.
    private static func areNames(_ maps: [String]) -> Bool { maps.contains { HistogramNames.isMap($0) } }

    private static func keys(
        _ maps: [String], _ plan: DecodingPlan, isArray: Bool, _ choices: [HistogramChoice]
    ) -> Keys? {
        let chosen = choices.first { $0.field == nil || plan.field("key.\($0.field ?? "")") != nil }
        guard let count = plan.field("value"), count.isWholeNumber else { return nil }
        let slot: EventField
        if let field = chosen?.field, let member = plan.field("key.\(field)"), member.isWholeNumber {
            slot = member
        } else if let member = plan.field("key.slot") ?? plan.field("key.bucket"), member.isWholeNumber {
            slot = member
        } else if let key = plan.field("key"), key.isWholeNumber, chosen != nil || isArray && areNames(maps) {
            slot = key
        } else {
            return nil
        }
        return Keys(
            slot: slot, count: count, scale: chosen?.scale ?? .log2, unit: HistogramUnit.byName(maps),
            isGuess: chosen?.scale == nil)
    }

    private func labels(_ plan: DecodingPlan) -> [ShownField] {
        plan.columns.compactMap { column in
            guard column.path != keys?.slot.path else { return nil }
            // Arrays of the key tell elements apart, such as addresses; those of values tell nothing of them.
            let isKey = column.path == "key" || column.path.hasPrefix("key.")
            let isMember = keys == nil && column.path.hasPrefix("value.") && !isArrayKind(column.kind)
            guard isKey || isMember else { return nil }
            let name = column.path == "key" ? "key" : String(column.path.drop { $0 != "." }.dropFirst())
            return ShownField(.event(column), name: name)
        }
    }

    private func isArrayKind(_ kind: ValueKind) -> Bool { if case .array = kind { true } else { false } }
}

/// What an author says of an array of buckets: `log2`, `log2:us`, `linear(0,10):ms`.
struct HistogramNote {
    let scale: BucketScale?
    let unit: String?

    init(_ text: String) {
        let parts = text.split(separator: ":", maxSplits: 1)
        scale = parts.first.flatMap { BucketScale(parsing: $0) }
        unit = parts.count > 1 ? String(parts[1]) : nil
    }
}

extension EventField {
    /// Whether it is an integer.
    fileprivate var isWholeNumber: Bool {
        switch kind {
        case .unsigned, .signed: true
        default: false
        }
    }
}
