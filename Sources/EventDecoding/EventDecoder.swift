// SPDX-License-Identifier: Apache-2.0

public import BTF

/// Decodes the events of one type.
///
///     let object = try Object(parsing: bytes, name: "prog.o")
///     let decoder = try EventDecoder(object.eventSchema(named: "struct event"))
///     let row = decoder.row(sample)
///     row["cmd"]          // .integer(5)
///     row.text("comm")    // "bash"
///     print(row)          // idx: 1, cmd: 5, …
///
/// Rows are copies, for programs that look at events.
public struct EventDecoder: Sendable {
    /// What is where in an event.
    package let plan: DecodingPlan
    private let line: EventRenderer
    private let json: EventRenderer
    /// As ``line``, but without a name in front of an only value; nil where there is no difference.
    private let alone: EventRenderer?

    /// Plans the decoding of a type.
    ///
    /// - Parameters:
    ///   - schema: The type: from an object (`Object.eventSchema(named:)`, `Object.events()`), from a capture, or from a
    ///     line of C (`EventSchema.layout(_:)`).
    ///   - sent: The sizes of its events, if a program sends only the head of it (`EventType.sent`).
    ///   - environment: What formats need beside a value: the clock's offset, the names of addresses.
    public init(
        _ schema: EventSchema, sent: ClosedRange<Int>? = nil, environment: FormatEnvironment = FormatEnvironment()
    ) throws(DecodingError) {
        self.init(plan: try DecodingPlan(schema, sent: sent), environment: environment)
    }

    /// Decodes by a plan that is made; ``DecodingPlan/unknown`` takes events for bytes.
    package init(plan: DecodingPlan, environment: FormatEnvironment = FormatEnvironment()) {
        self.plan = plan
        line = EventRenderer(plan, style: .line, environment: environment)
        json = EventRenderer(plan, style: .json(.number), environment: environment)
        alone = plan.isValue ? EventRenderer(plan, style: .line, environment: environment, namesValue: false) : nil
    }

    /// Takes an event in.
    ///
    /// - Parameters:
    ///   - event: Its bytes, of any number: what is missing is `EventValue.missing`.
    ///   - isPadded: Whether up to 7 bytes at the end may be the kernel's padding, as in samples of a perf ring.
    public func row(_ event: RawSpan, isPadded: Bool = false) -> EventRow {
        EventRow(decoder: self, bytes: unsafe event.withUnsafeBytes { unsafe Array($0) }, isPadded: isPadded)
    }

    /// Takes an event in whose bytes are in an array already.
    package func row(bytes: [UInt8], isPadded: Bool = false) -> EventRow {
        EventRow(decoder: self, bytes: bytes, isPadded: isPadded)
    }

    fileprivate enum Form { case line, json, value }

    fileprivate func text(_ row: EventRow, as form: Form) -> String {
        var text = LineBuffer(capacity: 256)
        let renderer =
            switch form {
            case .line: line
            case .json: json
            case .value: alone ?? line
            }
        unsafe renderer.append(row.bytes.span.bytes, EventContext(), isPadded: row.isPadded, to: &text)
        return unsafe text.bytes.extracting(0..<text.count - 1).withUnsafeBytes {
            unsafe String(decoding: $0, as: UTF8.self)
        }
    }
}

/// An event of a known type.
public struct EventRow: Sendable {
    fileprivate let decoder: EventDecoder
    /// The bytes of the event.
    public let bytes: [UInt8]
    fileprivate let isPadded: Bool

    /// The values in their order, those of structures by dotted paths.
    public var cells: [(path: String, value: EventValue)] {
        decoder.plan.columns.map { unsafe ($0.path, $0.value(in: bytes.span.bytes)) }
    }

    /// The value of a path (`pid`, `key.saddr`, `args[2]`); nil if the type has none of that name.
    public subscript(path: String) -> EventValue? {
        unsafe decoder.plan.field(path)?.value(in: bytes.span.bytes)
    }

    /// The text of a `char` array up to its first NUL, what is no UTF-8 in it repaired; nil if there is none.
    public func text(_ path: String) -> String? {
        guard case .text(let range)? = self[path] else { return nil }
        return String(decoding: bytes[range], as: UTF8.self)
    }

    /// The event as JSON (RFC 8259).
    public var json: String { decoder.text(self, as: .json) }

    /// The event as its line, but of a type that is no structure its value alone.
    package var valueText: String { decoder.text(self, as: .value) }
}

extension EventRow: CustomStringConvertible {
    /// The event as a line: `idx: 1, cmd: 2, cpu: 0, time: 123`.
    public var description: String { decoder.text(self, as: .line) }
}
