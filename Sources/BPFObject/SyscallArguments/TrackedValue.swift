// SPDX-License-Identifier: Apache-2.0

/// What is known of a register, or of 8 bytes of the stack, while a program is followed.
enum TrackedValue: Sendable, Equatable {
    /// Nothing was put there: it may not be read.
    case uninitialised
    /// The program's context.
    case context
    /// The context and a number.
    case movedContext(Int32)
    /// The context on some ways, and something else on others.
    case maybeContext
    /// An address in the function's stack frame, at or above `lowest`, which counts from the frame's end.
    case frame(lowest: Int32, isExact: Bool)
    /// The first argument of the function that is probed, and a number: on a wrapper the pointer to the user's registers.
    case firstArgument(Int32)
    /// A number.
    case constant(Int32)
    /// Anything else.
    case other

    /// Whether it is, or may be, the context.
    var isContext: Bool {
        switch self {
        case .context, .movedContext, .maybeContext: true
        default: false
        }
    }

    /// What is known where two ways meet.
    func joined(with other: TrackedValue) -> TrackedValue {
        if self == other { return self }
        switch (self, other) {
        // The verifier lets nobody read what one way has not set.
        case (.uninitialised, _), (_, .uninitialised): return .uninitialised
        case _ where isContext || other.isContext: return .maybeContext
        case (.frame(let left, _), .frame(let right, _)): return .frame(lowest: min(left, right), isExact: false)
        case (.frame(let lowest, _), _), (_, .frame(let lowest, _)): return .frame(lowest: lowest, isExact: false)
        default: return .other
        }
    }

    /// The value and a number; nil if that is nothing that is followed, or cannot be.
    func adding(_ number: Int32) -> TrackedValue? {
        func sum(_ base: Int32) -> Int32? {
            let (sum, overflow) = base.addingReportingOverflow(number)
            return overflow ? nil : sum
        }
        switch self {
        case .context: return number == 0 ? .context : .movedContext(number)
        case .movedContext(let base): return sum(base).map { $0 == 0 ? .context : .movedContext($0) }
        case .frame(let lowest, let isExact): return sum(lowest).map { .frame(lowest: $0, isExact: isExact) }
        case .firstArgument(let base): return sum(base).map { .firstArgument($0) }
        case .constant(let base): return sum(base).map { .constant($0) }
        case .uninitialised, .maybeContext, .other: return nil
        }
    }
}
