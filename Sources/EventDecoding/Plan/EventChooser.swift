// SPDX-License-Identifier: Apache-2.0

public import BPFObject
public import Diagnostics

/// Tells which of the types of a map an event has.
public struct EventChooser: Sendable {
    /// The plans of the types, in their order.
    public let plans: [DecodingPlan]
    private let tagged: [Tagged]
    /// Types without a tag.
    private let untagged: [Int]
    /// Those by their sizes, in ascending order; of several types of one size none is meant.
    private let sizes: [(size: Int, plan: Int?)]

    private struct Tagged: Sendable {
        let field: EventField
        let value: Int64
        let plan: Int
    }

    /// Why the types of a map cannot be told apart.
    public enum Failure: Error, Equatable {
        /// A type cannot be decoded.
        case type(DecodingError)
        /// A type has no field of the tag's name, or one that is no number.
        case noTag(field: String, type: String, near: [String])
    }

    /// Plans the types.
    public init(_ types: [EventType]) throws(Failure) {
        var plans: [DecodingPlan] = []
        for type in types {
            do throws(DecodingError) { plans.append(try DecodingPlan(type.schema)) } catch { throw .type(error) }
        }
        try self.init(plans, tags: types.map(\.tag))
    }

    /// Takes types that are planned.
    ///
    /// - Parameters:
    ///   - plans: The types.
    ///   - tags: The tag of each.
    public init(_ plans: [DecodingPlan], tags: [EventTag?]) throws(Failure) {
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
        sizes = Dictionary(grouping: untagged) { plans[$0].size }
            .map { (size: $0.key, plan: $0.value.count == 1 ? $0.value[0] : nil) }.sorted { $0.size < $1.size }
    }

    /// The index of the type that an event has; nil if none is meant, or several could be.
    ///
    /// A type with a tag has the events whose field has that value. Of types without one, the only one has all others;
    /// of several it is the one of the event's size.
    ///
    /// - Parameters:
    ///   - event: Its bytes.
    ///   - isPadded: Whether up to 7 bytes at the end may be the kernel's padding.
    public func choose(_ event: RawSpan, isPadded: Bool) -> Int? {
        for tag in tagged {
            if let value = tag.field.fastInteger(in: event), Int64(truncatingIfNeeded: value) == tag.value {
                return tag.plan
            }
        }
        if untagged.count <= 1 { return untagged.first }
        // The first size that is not too small to be the event without its padding.
        var low = 0
        var high = sizes.count
        while low < high {
            let middle = (low + high) / 2
            if sizes[middle].size <= event.byteCount - 8 { low = middle + 1 } else { high = middle }
        }
        let near = sizes[low...].prefix(8).prefix { $0.size <= event.byteCount }
        if let last = near.last, last.size == event.byteCount { return last.plan }
        return isPadded && near.count == 1 ? near.first?.plan : nil
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
    public var diagnostic: Diagnostic {
        switch self {
        case .type(let error): return error.diagnostic
        case .noTag(let field, let type, let near):
            let candidates = EditDistance.names(near: field, among: near)
            return Diagnostic(
                stage: .arguments, "\(type.terminalSafe) has no number \(field.terminalSafe) to distinguish types by",
                cause: "its fields are \(near.prefix(16).joined(separator: ", ").terminalSafe)",
                nextStep: candidates.isEmpty ? nil : "did you mean \(candidates.joined(separator: ", ").terminalSafe)?",
                exitStatus: .usage)
        }
    }
}
