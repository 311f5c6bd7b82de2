// SPDX-License-Identifier: Apache-2.0

internal import EventDecoding
internal import MapTables

/// What of a map's elements becomes metrics: the members of the key labels, the numbers of the value samples.
struct SampleFields {
    /// One number of each element.
    struct Number {
        /// Its family among those of the map.
        let family: Int
        /// Where it is.
        let field: EventField
        /// Its place in an array, as a label; empty outside of arrays.
        let index: String
    }

    /// The families, without samples.
    let families: [SampleText.Family]
    /// The numbers of an element.
    let numbers: [Number]
    /// The members of the key and what they are called as labels.
    let labels: [(name: String, field: EventField)]
    /// The families of the histograms that are arrays in each element, in their order; one whose buckets are the elements
    /// has a family alone.
    let histograms: [Int]

    /// Whether all numbers of an element are among them.
    let hasAllNumbers: Bool

    /// Numbers of one element.
    static let limit = 256

    /// - Parameters:
    ///   - plan: The type of an element.
    ///   - map: The map's name.
    ///   - found: What of it are histograms.
    init(_ plan: DecodingPlan, map: String, histograms found: HistogramPlan) {
        var (families, numbers, labels): ([SampleText.Family], [Number], [(String, EventField)]) = ([], [], [])
        var (names, labelNames): (Set<String>, Set<String>) = ([], [])
        var hasAllNumbers = found.arrays.count <= Self.limit
        for field in plan.columns where field.path != found.keys?.slot.path {
            if let rest = Self.rest(of: field.path, in: "key") {
                if case .structure = field.kind { continue }
                labels.append((SampleName.unlike(&labelNames, SampleName.label(rest.isEmpty ? "key" : rest)), field))
            }
            guard let rest = Self.rest(of: field.path, in: "value"), found.keys == nil,
                !found.arrays.contains(where: { $0.counters.path == field.path })
            else { continue }
            let fields = Self.numbers(of: field, in: plan)
            guard let first = fields.first else { continue }
            let name = SampleName.metric(rest.isEmpty ? map : map + "_" + rest)
            families.append(
                SampleText.Family(
                    name: SampleName.unlike(&names, name), kind: Self.kind(first, rest.isEmpty ? map : rest),
                    help: rest.isEmpty ? "Values of map \(map)." : "Member \(rest) of the values of map \(map)."))
            let room = Self.limit - min(numbers.count, Self.limit)
            if fields.count > room { hasAllNumbers = false }
            for (index, field) in fields.prefix(room).enumerated() {
                let isElement = fields.count > 1 || field.path.hasSuffix("]")
                numbers.append(
                    Number(family: families.count - 1, field: field, index: isElement ? "\(index)" : ""))
            }
        }
        var histograms: [Int] = []
        for array in found.arrays.prefix(Self.limit) {
            let rest = Self.rest(of: array.counters.path, in: "value") ?? ""
            let name = SampleName.metric(rest.isEmpty ? map : map + "_" + rest)
            histograms.append(families.count)
            families.append(Self.histogram(SampleName.unlike(&names, name), map, array.unit))
        }
        if let keys = found.keys {
            histograms.append(families.count)
            families.append(Self.histogram(SampleName.metric(map), map, keys.unit))
        }
        (self.families, self.numbers, self.labels) = (families, numbers, labels)
        self.histograms = histograms
        self.hasAllNumbers = hasAllNumbers
    }

    private static func histogram(_ name: String, _ map: String, _ unit: String) -> SampleText.Family {
        SampleText.Family(
            name: name, kind: .histogram, help: "Histogram of map \(map)\(unit.isEmpty ? "" : ", in \(unit)").")
    }

    /// What follows a part in a path; nil if the path is of another one.
    private static func rest(of path: String, in part: String) -> String? {
        guard path != part else { return "" }
        return path.hasPrefix(part + ".") ? String(path.dropFirst(part.count + 1)) : nil
    }

    /// A field that is a number, or those of an array of numbers.
    private static func numbers(of field: EventField, in plan: DecodingPlan) -> [EventField] {
        if isNumber(field.kind) { return [field] }
        guard case .array = field.kind else { return [] }
        var fields: [EventField] = []
        while fields.count <= limit, let element = plan.field("\(field.path)[\(fields.count)]"), isNumber(element.kind)
        {
            fields.append(element)
        }
        return fields
    }

    private static func isNumber(_ kind: ValueKind) -> Bool {
        switch kind {
        case .unsigned, .signed, .boolean, .float, .enumeration: true
        case .pointer, .text, .bytes, .array, .structure: false
        }
    }

    /// Numbers without a sign count, unless their names say that they are something of the moment.
    private static func kind(_ field: EventField, _ name: String) -> SampleText.Family.Kind {
        guard case .unsigned(let bits) = field.kind, bits >= 32 else { return .gauge }
        if let merge = field.merge { return merge == .sum ? .counter : .gauge }
        let words = name.lowercased().split { $0 == "_" || $0 == "." }
        return words.contains { ofTheMoment.contains(String($0)) } ? .gauge : .counter
    }

    private static let ofTheMoment: Set<String> = [
        "max", "min", "maximum", "minimum", "last", "cur", "current", "avg", "mean", "inflight", "pending", "depth",
        "ts",
        "time", "timestamp", "start", "pid", "tgid", "tid", "uid", "gid", "cpu", "id", "state", "level", "limit",
        "rate",
        "load", "temp", "enabled", "flags", "mode", "type", "version",
    ]
}
