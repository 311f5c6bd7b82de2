// SPDX-License-Identifier: Apache-2.0

public import BPFObject
public import Diagnostics

/// Tells which of the types of a map an event has.
public struct EventChooser: Sendable {
    /// The plans of the types, in their order.
    public let plans: [DecodingPlan]
    private let tagged: [Tagged]
    private let untagged: [Int]

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
        var tagged: [Tagged] = []
        var untagged: [Int] = []
        for (index, type) in types.enumerated() {
            let plan: DecodingPlan
            do throws(DecodingError) { plan = try DecodingPlan(type.schema) } catch { throw .type(error) }
            plans.append(plan)
            guard let tag = type.tag else {
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
    }

    /// The index of the type that an event has; nil if none is meant, or several could be.
    ///
    /// A type with a tag has the events whose field has that value. Of types without one, the only one has all others;
    /// of several it is the one of the event's size.
    ///
    /// - Parameter isPadded: Whether up to 7 bytes at the end may be the kernel's padding.
    public func choose(_ event: RawSpan, isPadded: Bool) -> Int? {
        for tag in tagged {
            if let value = tag.field.fastInteger(in: event), Int64(truncatingIfNeeded: value) == tag.value {
                return tag.plan
            }
        }
        if untagged.count <= 1 { return untagged.first }
        let fitting = untagged.filter { plans[$0].size == event.byteCount }
        if fitting.count == 1 { return fitting[0] }
        guard isPadded, fitting.isEmpty else { return nil }
        let padded = untagged.filter { plans[$0].size < event.byteCount && event.byteCount - plans[$0].size < 8 }
        return padded.count == 1 ? padded[0] : nil
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
                stage: .arguments, "\(type.terminalSafe) has no number \(field.terminalSafe) to tell types by",
                cause: "its fields are \(near.prefix(16).joined(separator: ", ").terminalSafe)",
                nextStep: candidates.isEmpty ? nil : "did you mean \(candidates.joined(separator: ", ").terminalSafe)?",
                exitStatus: .usage)
        }
    }
}
