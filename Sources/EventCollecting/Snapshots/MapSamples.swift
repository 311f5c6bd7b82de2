// SPDX-License-Identifier: Apache-2.0

internal import EventDecoding
internal import MapTables
internal import Records

/// Makes metrics of the snapshots of a map.
///
/// A class, since Swift 6.3 cannot borrow what is in an optional of a noncopyable type.
final class MapSamples {
    /// The metrics of the last snapshot that has ended.
    private(set) var last: SampleText?

    private let fields: SampleFields
    private let histograms: HistogramPlan
    private let labels: EventCells
    private let limit: Int
    private var rows: SnapshotRows
    private var isFitting = false
    private var text = SampleText()
    /// The histograms whose buckets are elements.
    private var keyed = KeyedHistograms()
    private var keys: KeptKeys
    /// The labels of the elements of a snapshot: two that are the same would be one series twice, for which a collector
    /// refuses all metrics.
    private var known: Set<String> = []
    private var element: [UInt8] = []
    private var row: [UInt8] = []

    /// - Parameters:
    ///   - plan: The type of an element.
    ///   - map: The map's name.
    ///   - isArray: Whether keys are the numbers from 0 on.
    ///   - choices: What the user said of histograms.
    ///   - limit: How many elements there are in the metrics at most.
    init(_ plan: DecodingPlan, map: String, isArray: Bool, choices: [HistogramChoice] = [], limit: Int) {
        histograms = HistogramPlan(map: map, plan: plan, isArray: isArray, choices: choices)
        fields = SampleFields(plan, map: map, histograms: histograms)
        labels = EventCells(
            plan, environment: FormatEnvironment(),
            fields: fields.labels.map { ShownField(.event($0.field), name: $0.name) })
        rows = SnapshotRows(ElementParts(plan, []), TableOptions())
        keys = KeptKeys(limit: limit)
        self.limit = limit
    }

    /// Whether all numbers of an element become metrics.
    var hasAllNumbers: Bool { fields.hasAllNumbers }

    /// Whether the elements have numbers.
    var hasNumbers: Bool { !fields.families.isEmpty }

    /// Whether histograms are taken for such of powers of two by their names alone.
    var isGuess: Bool { histograms.isGuess }

    /// Begins a snapshot.
    func begin(_ head: SnapshotHead) {
        isFitting = rows.fits(head)
        rows.begin(head)
        text = SampleText(families: fields.families)
        keyed = KeyedHistograms()
        known.removeAll(keepingCapacity: true)
        keys.begin()
    }

    /// Takes an element.
    func take(key: RawSpan, values: RawSpan) {
        // A bucket is no series that could be left out.
        guard isFitting, histograms.keys != nil || keys.takes(key) else {
            text.leftOut += 1
            return
        }
        element.removeAll(keepingCapacity: true)
        append(key)
        append(values)
        _ = unsafe rows.make(0, of: element.span.bytes, into: &row)
        let labels = labelValues()
        if let keys = histograms.keys { return takeBucket(keys, labels) }
        guard known.insert(Self.text(labels)).inserted else {
            text.leftOut += 1
            return
        }
        takeHistograms(labels)
        for number in fields.numbers {
            guard let value = unsafe Self.text(number.field.value(in: row.span.bytes)) else { continue }
            let index = number.index.isEmpty ? [] : [("index", number.index)]
            text.families[number.family].samples.append(Self.text(labels + index) + " " + value)
        }
    }

    /// Ends the snapshot.
    func end() {
        if let keys = histograms.keys, let family = fields.histograms.first {
            let all = keyed.take(keys.scale)
            for (label, histogram) in all.prefix(limit) {
                let values = label.split(separator: 0, omittingEmptySubsequences: false)
                let labels = zip(fields.labels, values).map { ($0.name, String(decoding: $1, as: UTF8.self)) }
                append(histogram, labels, to: family)
            }
            text.leftOut += UInt64(max(all.count - limit, 0))
        }
        last = text
        text = SampleText()
        keys.end()
    }

    // MARK: Elements

    private func append(_ bytes: RawSpan) {
        unsafe bytes.withUnsafeBytes { unsafe element.append(contentsOf: $0) }
        element.append(contentsOf: repeatElement(0, count: -element.count & 7))
    }

    private func labelValues() -> [(String, String)] {
        var line = LineBuffer(capacity: 256)
        var values: [(String, String)] = []
        for (index, label) in fields.labels.enumerated() {
            line.removeAll()
            unsafe labels.append(index, row.span.bytes, EventContext(), to: &line)
            let text = unsafe line.bytes.withUnsafeBytes { unsafe String(decoding: $0.prefix(256), as: UTF8.self) }
            values.append((label.name, text))
        }
        return values
    }

    private static func text(_ labels: [(String, String)]) -> String {
        guard !labels.isEmpty else { return "" }
        return "{" + labels.map { "\($0)=\"\(Metrics.escaped($1))\"" }.joined(separator: ",") + "}"
    }

    private static func text(_ value: EventValue) -> String? {
        switch value {
        case .integer(let number): "\(number)"
        case .float(let number) where number.isNaN: "NaN"
        case .float(let number) where number.isInfinite: number < 0 ? "-Inf" : "+Inf"
        case .float(let number): "\(number)"
        case .missing, .text, .bytes: nil
        }
    }

    // MARK: Histograms

    private func takeBucket(_ keys: HistogramPlan.Keys, _ labels: [(String, String)]) {
        let (slot, count) = unsafe (keys.slot.value(in: row.span.bytes), keys.count.value(in: row.span.bytes))
        guard case .integer(let slot) = slot, case .integer(let count) = count else { return }
        keyed.add(Array(labels.map(\.1).joined(separator: "\0").utf8), slot: slot, count: count)
    }

    private func takeHistograms(_ labels: [(String, String)]) {
        for (array, family) in zip(histograms.arrays, fields.histograms) {
            append(unsafe array.histogram(of: row.span.bytes), labels, to: family)
        }
    }

    /// Appends the lines of a histogram, without the name that each begins with.
    private func append(_ histogram: BucketHistogram, _ labels: [(String, String)], to family: Int) {
        var lines = LineBuffer(capacity: 1 << 12)
        let name = text.families[family].name
        histogram.appendPrometheus(name, labels: labels.map { (name: $0, value: $1) }, to: &lines)
        let all = unsafe lines.bytes.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
        for line in all.split(separator: "\n") {
            text.families[family].samples.append(String(line.dropFirst(name.count)))
        }
    }
}
