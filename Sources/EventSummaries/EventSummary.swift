// SPDX-License-Identifier: Apache-2.0

package import EventDecoding

/// Figures of many events: how many, how often, and how numbers of theirs are spread, for each group of them.
///
///     var summary = EventSummary(values: ["duration_ns"], by: ["comm"])
///     let binding = try SummaryBinding(plan, environment: environment, values: values, by: groups)
///     summary.add(event, context, binding)
///     summary.writeText(to: &lines, width: 80)
///
/// The memory is bounded: by the number of groups, 32 MiB of their names, and `memory` bytes of histograms. Groups for
/// which there is no room are counted together; percentiles of groups whose histogram has no room are only known to a
/// power of two. Nothing is allocated for an event of a group that is there, beside the growth of its histogram.
package struct EventSummary: ~Copyable {
    /// The names of what is summed up.
    package let values: [String]
    /// The names of what events are counted by.
    package let groups: [String]
    /// All events.
    package private(set) var events: UInt64 = 0
    /// Events that are missing in the stream, as far as their number is known.
    package private(set) var lost: UInt64 = 0
    /// Whether events are missing whose number is not known.
    package private(set) var lostUnknown = false
    /// Events of groups for which there was no room.
    package private(set) var ungrouped: UInt64 = 0

    var table: GroupTable
    var counts: [UInt64] = []
    /// Those of the first group, of the second one, …; the one of all that have no group comes last, in ``others``.
    var distributions: [Distribution] = []
    var others: [Distribution]
    /// Parts that make one, of each value: 1000 where it can have a fraction.
    var scales: [Int128]
    var units: [SummaryUnit]
    var isNumber: [Bool]
    var span: ClosedRange<UInt64>?
    private var memory: HistogramMemory
    private var key = LineBuffer(capacity: 256)

    /// Creates an empty summary.
    ///
    /// - Parameters:
    ///   - values: The names of what is summed up; none to count events only.
    ///   - groups: The names of what they are counted by; none for all events together.
    ///   - limit: How many groups there can be; fewer where many values are summed up, so that there are no more than
    ///     65,536 of those in all groups.
    ///   - memory: Bytes that all histograms together may take.
    package init(values: [String], by groups: [String], limit: Int = 10_000, memory: Int = 64 << 20) {
        self.values = values
        self.groups = groups
        table = GroupTable(limit: min(limit, Self.distributionLimit / max(values.count, 1)))
        self.memory = HistogramMemory(memory, isFine: groups.isEmpty)
        others = values.map { _ in Distribution(isPrecise: true) }
        scales = values.map { _ in 1 }
        units = values.map { SummaryUnit(name: $0, format: nil) }
        isNumber = groups.map { _ in false }
    }

    /// What all groups may have of values that are summed up: each takes a kilobyte.
    private static let distributionLimit = 1 << 16

    /// Takes a type in: call it before the first of its events.
    ///
    /// A value that can have a fraction in a type is counted in thousandths, unless events were counted before.
    package mutating func prepare(_ binding: SummaryBinding) {
        for index in values.indices where index < binding.values.count {
            if binding.isFloat(index), events == 0 { scales[index] = 1000 }
            if let format = binding.formats[index] { units[index] = SummaryUnit(name: values[index], format: format) }
        }
        for index in groups.indices where index < binding.isNumber.count && binding.isNumber[index] {
            isNumber[index] = true
        }
    }

    /// Takes an event in.
    ///
    /// - Parameters:
    ///   - event: Its bytes.
    ///   - context: What the kernel says of it.
    ///   - binding: Where events of its type have what is summed up.
    ///   - arrival: When it was read, in ns; its place in time if the kernel does not tell it.
    ///   - room: What the text of its group may take; an event whose group has more is counted without one.
    /// - Returns: What that text took, as a `TextBudget` counts it, and whether there was no room for all of it.
    @discardableResult
    package mutating func add(
        _ event: RawSpan, _ context: borrowing EventContext, _ binding: borrowing SummaryBinding,
        arrival: UInt64? = nil, room: Int = TextBudget.unlimited
    ) -> (cost: Int, isCut: Bool) {
        events &+= 1
        if let time = context.time ?? arrival {
            if let known = span {
                if time < known.lowerBound { span = time...known.upperBound }
                if time > known.upperBound { span = known.lowerBound...time }
            } else {
                span = time...time
            }
        }
        key.removeAll()
        key.open(room: room)
        for index in groups.indices {
            if key.isCut { break }
            if index < binding.groups.count { binding.groups.append(index, event, context, to: &key) }
            // Cells are escaped, so that none has this byte.
            key.append("\0")
        }
        let isCut = key.isCut
        let cost = key.close()
        let group = isCut ? nil : table.number(of: key)
        if let group, group == counts.count {
            counts.append(0)
            for _ in values { distributions.append(Distribution(isPrecise: true)) }
        }
        if let group { counts[group] &+= 1 } else { ungrouped &+= 1 }
        for index in values.indices where index < binding.values.count {
            guard let value = binding.value(index, event, context)?.scaled(by: scales[index]) else { continue }
            if let group {
                distributions[group * values.count + index].record(value, scale: scales[index], &memory)
            } else {
                others[index].record(value, scale: scales[index], &memory)
            }
        }
        return (cost, isCut)
    }

    /// Notes that events are missing in the stream.
    ///
    /// - Parameter count: How many; nil if that is not known.
    package mutating func noteLoss(_ count: UInt64?) {
        guard let count else {
            lostUnknown = true
            return
        }
        let (total, overflow) = lost.addingReportingOverflow(count)
        lost = overflow ? .max : total
    }

    // MARK: Reading

    /// Seconds from the first event to the last one, in ns; nil if there are no two times.
    var duration: UInt64? {
        guard let span, span.upperBound > span.lowerBound else { return nil }
        return span.upperBound - span.lowerBound
    }

    /// Events per second in thousandths; nil if they have no times.
    func rate(_ count: UInt64) -> Int128? {
        duration.map { Int128(count) * 1_000_000_000_000 / Int128($0) }
    }

    /// The groups: those of most events first, then by name.
    var ranking: [Int] {
        (0..<counts.count).sorted { left, right in
            counts[left] != counts[right]
                ? counts[left] > counts[right] : table[left].lexicographicallyPrecedes(table[right])
        }
    }

    /// The distribution of a value in a group; that of all without a group for nil.
    func distribution(_ group: Int?, _ value: Int) -> Distribution {
        group.map { distributions[$0 * values.count + value] } ?? others[value]
    }

    /// What a row of a table begins with: the cells of a group's name, `(others)` for those that have no group.
    func keyCells(of group: Int?) -> [ArraySlice<UInt8>] {
        if let group { return cells(of: group) }
        return groups.indices.map { $0 == 0 ? Array("(others)".utf8)[...] : [] }
    }

    /// The cells of a group's name, one for each of ``groups``.
    func cells(of group: Int) -> [ArraySlice<UInt8>] {
        table[group].split(separator: 0, omittingEmptySubsequences: false).dropLast()
    }
}
