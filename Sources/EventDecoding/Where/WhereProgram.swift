// SPDX-License-Identifier: Apache-2.0

/// A compiled expression: asked for an event, it looks up no name and allocates nothing.
package struct WhereProgram: Sendable {
    /// A step, whose operands are steps or entries of the tables below.
    struct Node: Sendable {
        enum Operation: UInt8, Sendable {
            // Conditions.
            case never, always
            /// All, or any, of the conditions that ``WhereProgram/children`` lists from a on, b of them.
            case all, any
            case not
            /// Whether the value a is not 0.
            case isTrue
            /// Whether the text a has bytes; whether any byte of the place a is not 0.
            case hasText, hasBits
            /// The place a with the constant that is kept there.
            case compareFast
            /// The values a and b.
            case compare
            /// The texts a and b.
            case compareTexts
            /// The text a with the pattern b; the place a with the address b.
            case matchesPattern, matchesAddress
            /// The value a in the ranges of the set b.
            case isIn
            // Values.
            case integer, float, field, context
            case unary, binary
        }

        var operation: Operation
        var symbol: WhereSymbol = .equal
        var a = 0
        var b = 0
    }

    /// Where a number lies that is compared with a constant, both moved so that they compare without a sign.
    struct FastField: Sendable {
        var access: ValueAccess
        var base: Int
        var bias: UInt64
        var limit: UInt64
    }

    /// Where bytes lie.
    struct Place: Sendable {
        var offset: Int
        /// Bytes; nil for all that are left.
        var size: Int?
    }

    enum TextSource: Sendable {
        case place(Place)
        case map
        case host
        case bytes([UInt8])
    }

    var nodes: [Node] = []
    var children: [Int] = []
    var integers: [Int128] = []
    var floats: [Double] = []
    var fields: [EventField] = []
    var fastFields: [FastField] = []
    var contexts: [ContextField] = []
    var texts: [TextSource] = []
    var places: [Place] = []
    var patterns: [WherePattern] = []
    var addresses: [WhereAddress] = []
    /// Ranges in ascending order, which do not touch.
    var sets: [[ClosedRange<Int128>]] = []
    var root = 0

    /// Whether the expression is true for an event.
    ///
    /// A comparison with something that the event or its context does not have is false, and so is one with a division
    /// by zero or a number beyond 127 bits.
    ///
    /// - Parameters:
    ///   - event: The bytes of the event.
    ///   - context: What the kernel says of it.
    @inline(__always)
    package func matches(_ event: RawSpan, _ context: EventContext) -> Bool {
        isTrue(root, event, context)
    }

    /// The parts of the context that it asks for: where an event lacks one, what is said of it is false.
    package var contextParts: [ContextField] { contexts }

    // MARK: Conditions

    func isTrue(_ index: Int, _ event: RawSpan, _ context: EventContext) -> Bool {
        let node = nodes[index]
        switch node.operation {
        case .compareFast: return compareFast(node, event)
        case .all:
            for child in node.a..<(node.a &+ node.b) where !isTrue(children[child], event, context) { return false }
            return true
        case .any:
            for child in node.a..<(node.a &+ node.b) where isTrue(children[child], event, context) { return true }
            return false
        case .not: return !isTrue(node.a, event, context)
        case .never: return false
        case .always: return true
        case .isTrue: return value(node.a, event, context).isTrue
        case .compare:
            return value(node.a, event, context).compared(node.symbol, value(node.b, event, context))
        case .hasText: return withText(node.a, event, context) { $0.byteCount > 0 } ?? false
        case .hasBits:
            guard let bytes = bytes(places[node.a], event) else { return false }
            for index in 0..<bytes.byteCount where unsafe bytes.unsafeLoad(fromByteOffset: index, as: UInt8.self) != 0 {
                return true
            }
            return false
        case .compareTexts:
            return withText(node.a, event, context) { left in
                withText(node.b, event, context) { right in node.symbol.holds(left.compared(to: right)) } ?? false
            } ?? false
        case .matchesPattern:
            let matches = withText(node.a, event, context) { patterns[node.b].matches($0) }
            return matches.map { $0 == (node.symbol == .equal) } ?? false
        case .matchesAddress:
            guard let bytes = bytes(places[node.a], event), bytes.byteCount == addresses[node.b].bytes.count else {
                return false
            }
            return addresses[node.b].matches(bytes) == (node.symbol == .equal)
        case .isIn:
            guard let found = value(node.a, event, context).isIn(sets[node.b]) else { return false }
            return found == (node.symbol == .equal)
        // These are values, which conditions have below them only.
        case .integer, .float, .field, .context, .unary, .binary: return false
        }
    }

    @inline(__always)
    private func compareFast(_ node: Node, _ event: RawSpan) -> Bool {
        let field = fastFields[node.a]
        guard let found = field.access.load64(event, field.base) else { return false }
        let value = found ^ field.bias
        return switch node.symbol {
        case .equal: value == field.limit
        case .notEqual: value != field.limit
        case .less: value < field.limit
        case .lessOrEqual: value <= field.limit
        case .greater: value > field.limit
        default: value >= field.limit
        }
    }

    // MARK: Values

    func value(_ index: Int, _ event: RawSpan, _ context: EventContext) -> WhereValue {
        let node = nodes[index]
        switch node.operation {
        case .integer: return .integer(integers[node.a])
        case .float: return .float(floats[node.a])
        case .field:
            switch fields[node.a].value(in: event) {
            case .integer(let value): return .integer(value)
            case .float(let value): return .float(value)
            case .missing, .text, .bytes: return .none
            }
        case .context:
            let value: UInt64? =
                switch contexts[node.a] {
                case .cpu: context.cpu.map { UInt64($0) }
                case .pid: context.pid.map { UInt64($0) }
                case .tid: context.tid.map { UInt64($0) }
                case .time: context.time
                case .snapshot: context.snapshot
                case .map, .type, .host: nil
                }
            return value.map { .integer(Int128($0)) } ?? .none
        case .unary: return value(node.a, event, context).applying(node.symbol)
        case .binary:
            return value(node.a, event, context).applying(node.symbol, value(node.b, event, context))
        default: return .integer(isTrue(index, event, context) ? 1 : 0)
        }
    }

    // MARK: Bytes

    /// The bytes of a place, as far as the event has them; nil if it has none of them, though there should be some.
    @_lifetime(copy event)
    @inline(__always)
    private func bytes(_ place: Place, _ event: RawSpan) -> RawSpan? {
        guard place.offset <= event.byteCount else { return nil }
        let left = event.byteCount - place.offset
        let size = place.size ?? left
        guard left > 0 || size == 0 else { return nil }
        return event.extracting(place.offset..<(place.offset + min(size, left)))
    }

    @inline(__always)
    private func withText<Result>(
        _ index: Int, _ event: RawSpan, _ context: EventContext, _ body: (RawSpan) -> Result
    ) -> Result? {
        switch texts[index] {
        case .place(let place):
            guard let bytes = bytes(place, event) else { return nil }
            return body(bytes.extracting(Text.range(0..<bytes.byteCount, in: bytes)))
        case .map: return unsafe body(context.map.utf8Span.span.bytes)
        case .host: return unsafe body(context.host.utf8Span.span.bytes)
        case .bytes(let bytes): return unsafe body(bytes.span.bytes)
        }
    }
}

extension RawSpan {
    /// The order of two texts by their bytes: less than 0, 0, or more.
    fileprivate func compared(to other: RawSpan) -> Int {
        for index in 0..<Swift.min(byteCount, other.byteCount) {
            let left = unsafe unsafeLoad(fromByteOffset: index, as: UInt8.self)
            let right = unsafe other.unsafeLoad(fromByteOffset: index, as: UInt8.self)
            if left != right { return left < right ? -1 : 1 }
        }
        return byteCount - other.byteCount
    }
}

extension WhereSymbol {
    /// Whether a comparison holds for what compares like that with 0.
    @inline(__always)
    func holds(_ order: Int) -> Bool {
        switch self {
        case .equal: order == 0
        case .notEqual: order != 0
        case .less: order < 0
        case .lessOrEqual: order <= 0
        case .greater: order > 0
        default: order >= 0
        }
    }
}
