// SPDX-License-Identifier: Apache-2.0

package import Diagnostics
package import EventTypes

/// Tells which of the types of a map an event has.
package struct EventChooser: Sendable {
    /// The plans of the types, in their order.
    package let plans: [DecodingPlan]
    private let tagged: [Tagged]
    /// Types without a tag.
    private let untagged: [Int]
    /// Those by the sizes of their events, in ascending order; where several types have one size none is meant.
    private let sizes: [(sizes: ClosedRange<Int>, plan: Int?)]

    private struct Tagged: Sendable {
        let field: EventField
        let value: Int64
        let plan: Int
    }

    /// Why the types of a map cannot be told apart.
    package enum Failure: Error, Equatable {
        /// A type cannot be decoded.
        case type(DecodingError)
        /// A type has no field of the tag's name, or one that is no number.
        case noTag(field: String, type: String, near: [String])
    }

    /// Plans the types.
    package init(_ types: [EventType]) throws(Failure) {
        var plans: [DecodingPlan] = []
        for type in types {
            do throws(DecodingError) { plans.append(try DecodingPlan(type.schema, sent: type.sent)) } catch {
                throw .type(error)
            }
        }
        try self.init(plans, tags: types.map(\.tag))
    }

    /// Takes types that are planned.
    ///
    /// - Parameters:
    ///   - plans: The types.
    ///   - tags: The tag of each.
    package init(_ plans: [DecodingPlan], tags: [EventTag?]) throws(Failure) {
        var tagged: [Tagged] = []
        var untagged: [Int] = []
        for (index, (plan, tag)) in zip(plans, tags).enumerated() {
            guard let tag else {
                untagged.append(index)
                continue
            }
            guard let field = plan.field(tag.field), field.isTag else {
                throw .noTag(field: tag.field, type: plan.typeName, near: plan.fieldNames)
            }
            tagged.append(Tagged(field: field, value: tag.value, plan: index))
        }
        self.plans = plans
        self.tagged = tagged
        self.untagged = untagged
        sizes = Self.parts(untagged.map { (plans[$0].sent ?? plans[$0].size...plans[$0].size, $0) })
    }

    /// Takes ranges apart where they overlap.
    private static func parts(_ ranges: [(sizes: ClosedRange<Int>, plan: Int)]) -> [(
        sizes: ClosedRange<Int>, plan: Int?
    )] {
        let starts = Set(ranges.flatMap { [$0.sizes.lowerBound, $0.sizes.upperBound &+ 1] }).sorted()
        var parts: [(sizes: ClosedRange<Int>, plan: Int?)] = []
        for (start, next) in zip(starts, starts.dropFirst()) where start < next {
            let there = ranges.filter { $0.sizes.contains(start) }
            guard let first = there.first else { continue }
            parts.append((start...(next - 1), there.count == 1 ? first.plan : nil))
        }
        return parts
    }

    /// The index of the type that an event has; nil if none is meant, or several could be.
    ///
    /// A type with a tag has the events whose field has that value. Of types without one, the only one has all others,
    /// unless it is known which sizes it has; of several it is the one of the event's size.
    ///
    /// - Parameters:
    ///   - event: Its bytes.
    ///   - isPadded: Whether up to 7 bytes at the end may be the kernel's padding.
    package func choose(_ event: RawSpan, isPadded: Bool) -> Int? {
        for tag in tagged {
            if let value = tag.field.fastInteger(in: event), Int64(truncatingIfNeeded: value) == tag.value {
                return tag.plan
            }
        }
        if untagged.count <= 1 {
            guard let only = untagged.first, plans[only].sent != nil else { return untagged.first }
        }
        let most = event.byteCount
        // With its size in front, a padded event takes a multiple of 8 bytes.
        let least = isPadded && (most + 4) & 7 == 0 ? max(most - 7, 0) : most
        // The first range that is not too small.
        var low = 0
        var high = sizes.count
        while low < high {
            let middle = (low + high) / 2
            if sizes[middle].sizes.upperBound < least { low = middle + 1 } else { high = middle }
        }
        guard low < sizes.count, sizes[low].sizes.lowerBound <= most, let plan = sizes[low].plan else { return nil }
        // Where padding makes one size of several, none is known.
        var next = low + 1
        while next < sizes.count, sizes[next].sizes.lowerBound <= most {
            guard sizes[next].plan == plan else { return nil }
            next += 1
        }
        return plan
    }

    /// The bytes of an event without what is padding for certain: more than its type ever has.
    package func size(of event: RawSpan, plan: Int, isPadded: Bool) -> Int {
        guard isPadded, let most = plans[plan].sent?.upperBound, event.byteCount > most, event.byteCount - most < 8
        else {
            return event.byteCount
        }
        return most
    }
}

extension EventField {
    /// Whether its value can tell types apart.
    var isTag: Bool {
        switch kind {
        case .unsigned, .signed, .boolean, .enumeration, .pointer: bits <= 64
        default: false
        }
    }
}

extension EventChooser.Failure: DiagnosticError {
    /// The error as the user sees it.
    package var diagnostic: Diagnostic {
        switch self {
        case .type(let error): return error.diagnostic
        case .noTag(let field, let type, let near):
            let candidates = EditDistance.names(near: field, among: near)
            return Diagnostic(
                .fieldUnknown, stage: .arguments,
                "\(type.terminalSafe) has no number \(field.terminalSafe) to distinguish types by",
                cause: "its fields are \(near.prefix(16).joined(separator: ", ").terminalSafe)",
                nextStep: candidates.isEmpty
                    ? nil : "did you mean \(.chooseName(candidates), candidates.joined(separator: ", ").terminalSafe)?")
        }
    }
}
