// SPDX-License-Identifier: Apache-2.0

/// How values are written.
package enum ValueStyle: Sendable, Equatable {
    /// As in `idx: 1, name: "x", at: {line: 3}, list: [1, 2]`.
    case line
    /// Like a line, but a text stands alone: without quotes.
    case cell
    /// As JSON (RFC 8259).
    case json(JSONIntegers)

    /// Whether other programs read it.
    var isForMachines: Bool { if case .json = self { true } else { false } }
}

/// How JSON holds integers of 64 bits, all of them and not only large ones: a field always has one type.
package enum JSONIntegers: String, Sendable, CaseIterable {
    /// As numbers with all their digits: `jq` from 1.7 on keeps them, JavaScript rounds them above 2^53.
    case number
    /// As strings.
    case string
}

/// Writes values of a type; planned once, so that a value costs no look-up and no allocation.
///
/// The exception are floating-point numbers, which BPF programs cannot make: the text of one is a string of its own.
struct ValueRenderer: Sendable {
    /// What is written of a node of the plan.
    struct Step: Sendable {
        var shape: PlanNode.Shape
        var isFlexible: Bool
        var format: ValueFormat?
        let access: ValueAccess
        let size: Int
        let count: Int
        let stride: Int
        /// The number of its enumeration; where it is shown as one end of a connection, that of the ``EndpointPlan``.
        var table: Int
        let end: Int
        /// Where the name with what stands around it is in the labels.
        var label: Range<Int>
        /// What a value takes beside its text, in bytes of text that take as long.
        let cost: Int
        /// The number that says how many bytes of a text are used; nil where none does.
        let length: ValueAccess?
        /// The number that says how much of a stack is valid; nil where none does.
        let stackLength: StackLength?
    }

    let style: ValueStyle
    let isJSON: Bool
    /// Whether integers that JavaScript would round are strings.
    private let hasWideStrings: Bool
    let environment: FormatEnvironment
    private let tables: [EnumerationNames]
    private var endpoints: [EndpointPlan?] = []
    private(set) var steps: [Step] = []
    private(set) var labels: [UInt8] = []

    /// - Parameter formats: Formats of nodes by their index, beside those that the type's author names: the steps of the
    ///   whole plan are made once for each of these.
    init(
        _ plan: DecodingPlan, style: ValueStyle, environment: FormatEnvironment, formats: [[Int: ValueFormat]] = [[:]]
    ) {
        self.style = style
        if case .json = style { isJSON = true } else { isJSON = false }
        hasWideStrings = style == .json(.string)
        var environment = environment
        environment.byteOrder = plan.byteOrder
        self.environment = environment
        tables = plan.tables
        steps.reserveCapacity(plan.nodes.count * formats.count)
        let lengths = TextLength.find(in: plan.nodes)
        let stackLengths = StackLength.find(in: plan.nodes)
        for asked in formats {
            var formats = Self.formats(plan.nodes, asked, style)
            let ends = formats.contains(.endpoint) ? EndpointPlan.find(in: plan.nodes, &formats) : [:]
            let first = steps.count
            for (index, node) in plan.nodes.enumerated() {
                let start = labels.count
                labels += Self.label(node.name, style)
                steps.append(
                    Step(
                        shape: node.shape, isFlexible: node.isFlexible, format: formats[index], access: node.access,
                        size: node.size, count: node.count, stride: node.stride, table: node.table,
                        end: first + node.end, label: start..<labels.count,
                        cost: Self.cost(node.shape, formats[index]), length: lengths[index],
                        stackLength: stackLengths[index]))
                guard formats[index] == .endpoint else { continue }
                steps[steps.count - 1].table = endpoints.count
                endpoints.append(ends[index])
            }
        }
    }

    /// The format of each node: what was asked for, what the type's author says, what the names leave no doubt of.
    ///
    /// One for an array is for its elements, unless it only makes sense for its bytes as a whole (`u32 address[4]` as
    /// `ip6`). Names count in text only: machines take values plain.
    private static func formats(
        _ nodes: [PlanNode], _ asked: [Int: ValueFormat], _ style: ValueStyle
    ) -> [ValueFormat?] {
        var formats = nodes.indices.map { index in
            asked[index] ?? (style.isForMachines ? nodes[index].format?.forMachines : nodes[index].format)
        }
        for (index, node) in nodes.enumerated() {
            if let format = formats[index] {
                guard node.shape == .array, index + 1 < node.end else {
                    if !format.accepts(node.kind, bytes: node.size) { formats[index] = nil }
                    continue
                }
                let element = nodes[index + 1]
                if element.shape == .array || format.isFor(elements: element, of: node) {
                    formats[index + 1] = formats[index + 1] ?? format
                    formats[index] = nil
                } else if !format.accepts(node.kind, bytes: node.size) {
                    formats[index] = nil
                }
            } else if style == .line || style == .cell {
                formats[index] = node.textFormat
            }
        }
        return formats
    }

    /// What a value takes beside its text: so that types of very many values, or of costly ones, cannot keep a printer busy
    /// for longer than their events are worth.
    private static func cost(_ shape: PlanNode.Shape, _ format: ValueFormat?) -> Int {
        switch (shape, format) {
        case (_, .stackid?), (_, .kstack?), (_, .ustack?), (_, .ksym?), (_, .cgroup?), (_, .unit?), (_, .container?):
            640
        // Words are looked for one after the other.
        case (_, .sigset?), (_, .caps?), (_, .clone?), (_, .mapflags?), (_, .openflags?), (_, .endpoint?), (_, .uid?),
            (_, .gid?), (_, .protocol?), (_, .ethertype?):
            256
        case (.float, _), (_, .iso?), (_, .ktime?), (_, .ns?): 256
        case (.array, _): 128
        case (.text, _), (.octets, _): 64
        default: 32
        }
    }

    /// A name in front of its value.
    static func label(_ name: String, _ style: ValueStyle) -> [UInt8] {
        var text = LineBuffer(capacity: 64)
        if case .json = style {
            unsafe text.appendJSON(Array(name.utf8).span.bytes)
            text.append(":")
        } else {
            unsafe text.appendEscaped(Array(name.utf8).span.bytes, quoted: false)
            text.append(": ")
        }
        return unsafe text.bytes.withUnsafeBytes { unsafe Array($0) }
    }

    /// Appends a name in front of its value.
    @inline(__always)
    func appendLabel(_ range: Range<Int>, to line: inout LineBuffer) {
        unsafe line.append(short: labels.span.bytes.extracting(range))
    }

    /// Appends the value of a node.
    ///
    /// - Parameters:
    ///   - base: Where the element of an array begins that it is in; 0 outside arrays.
    ///   - line: What it is appended to; its bound holds for the event as a whole.
    /// - Returns: False if the event ends before the end of the value, or the line has no room for it.
    @discardableResult
    func append(_ index: Int, _ base: Int, _ event: RawSpan, to line: inout LineBuffer) -> Bool {
        // A step is large: only what is needed of it is read.
        line.charge(steps[index].cost)
        guard line.room > 0 else {
            line.appendCutValue(isJSON)
            return false
        }
        switch steps[index].shape {
        case .integer, .boolean, .enumeration, .pointer: return appendInteger(index, base, event, to: &line)
        case .float: return appendFloat(steps[index], base, event, to: &line)
        case .text, .octets, .opaque: return appendBytes(index, base, event, to: &line)
        case .structure:
            if steps[index].format != nil, appendFormatted(steps[index], base, event, to: &line) { return true }
            return appendMembers(of: index, base, event, to: &line)
        case .array:
            if steps[index].format != nil, appendFormatted(steps[index], base, event, to: &line) { return true }
            return appendElements(of: index, base, event, to: &line)
        }
    }

    func appendMissing(to line: inout LineBuffer) -> Bool {
        if isJSON { line.append("null") } else if style == .line { line.append("?") }
        return false
    }

    // MARK: Numbers

    @inline(__always)
    private func appendInteger(_ index: Int, _ base: Int, _ event: RawSpan, to line: inout LineBuffer) -> Bool {
        let access = steps[index].access
        guard access.bits <= 64 else { return appendWide(steps[index], base, event, to: &line) }
        guard let value = access.load64(event, base) else { return appendMissing(to: &line) }
        if let format = steps[index].format, format != .dec, format != .flags {
            if format == .endpoint, appendEndpoint(steps[index], base, event, to: &line) { return true }
            appendFormatted(format, signed(value, access), access.bits, to: &line)
            return true
        }
        switch steps[index].shape {
        case .integer:
            let isString = hasWideStrings && access.bits > 32 && steps[index].size > 4
            if isString { line.append(byte: UInt8(ascii: "\"")) }
            if access.isSigned { line.append(Int64(bitPattern: value)) } else { line.append(value) }
            if isString { line.append(byte: UInt8(ascii: "\"")) }
        case .boolean: appendBoolean(value, to: &line)
        case .enumeration: appendEnumeration(value, steps[index], to: &line)
        default: appendAddress(value, to: &line)
        }
        return true
    }

    private func signed(_ value: UInt64, _ access: ValueAccess) -> Int128 {
        access.isSigned ? Int128(Int64(bitPattern: value)) : Int128(value)
    }

    private func appendBoolean(_ value: UInt64, to line: inout LineBuffer) {
        switch value {
        case 0: line.append("false")
        case 1: line.append("true")
        // No compiler makes it; JSON keeps the type of the field, text shows what is there.
        default: if isJSON { line.append("true") } else { line.append(value) }
        }
    }

    private func appendAddress(_ value: UInt64, to line: inout LineBuffer) {
        if isJSON { line.append("\"") }
        line.append("0x")
        line.append(UInt128(value), bitsPerDigit: 4)
        if isJSON { line.append("\"") }
    }

    private func appendEnumeration(_ value: UInt64, _ step: Step, to line: inout LineBuffer) {
        let table = tables[step.table]
        if step.format != .dec, let name = table.name(of: value) {
            guard line.room >= name.count else { return line.appendCutValue(isJSON) }
            // Foreign text costs more than its bytes.
            line.charge(name.count)
            if isJSON {
                unsafe line.appendJSON(name.span.bytes)
            } else {
                unsafe line.appendEscaped(name.span.bytes, quoted: false)
            }
            return
        }
        let start = line.count
        if step.format != .dec, table.appendFlags(value, forced: step.format == .flags, to: &line) {
            if isJSON { line.quoteJSON(from: start) }
        } else if step.access.isSigned {
            line.append(Int64(bitPattern: value))
        } else {
            line.append(value)
        }
    }

    private func appendWide(_ step: Step, _ base: Int, _ event: RawSpan, to line: inout LineBuffer) -> Bool {
        guard let value = step.access.load(event, base) else { return appendMissing(to: &line) }
        if step.format == .endpoint, appendEndpoint(step, base, event, to: &line) { return true }
        if let format = step.format, format != .dec, let number = Int128(exactly: value) {
            let signed = step.access.isSigned ? Int128(bitPattern: value) : number
            appendFormatted(format, signed, step.access.bits, to: &line)
            return true
        }
        // No reader of JSON keeps so many digits.
        if isJSON { line.append("\"") }
        if step.access.isSigned { line.append(Int128(bitPattern: value)) } else { line.append(value) }
        if isJSON { line.append("\"") }
        return true
    }

    private func appendFloat(_ step: Step, _ base: Int, _ event: RawSpan, to line: inout LineBuffer) -> Bool {
        guard let bits = step.access.load64(event, base) else { return appendMissing(to: &line) }
        let value = FloatingPoint.value(bits, step.access.bits)
        // The shortest digits that mean the value in its own width.
        // What a NaN carries beside being one says nothing to anybody.
        let digits = value.isNaN ? "nan" : step.access.bits == 64 ? "\(value)" : "\(Float(value))"
        let isPlain = value.isFinite || !isJSON
        if !isPlain { line.append("\"") }
        unsafe line.append(raw: Array(digits.utf8).span.bytes)
        if !isPlain { line.append("\"") }
        return true
    }

    // MARK: Formats

    private func appendFormatted(_ format: ValueFormat, _ value: Int128, _ bits: Int, to line: inout LineBuffer) {
        let start = line.count
        format.append(value, bits: bits, to: &line, environment)
        if isJSON { line.quoteJSON(from: start) }
    }

    func appendFormatted(
        _ format: ValueFormat, _ range: Range<Int>, _ event: RawSpan, to line: inout LineBuffer
    ) -> Bool {
        let start = line.count
        if isJSON && format == .comm {
            line.appendJSON(event.extracting(Text.range(range, in: event)))
            return true
        }
        format.append(event.extracting(range), to: &line, environment)
        guard line.count > start else { return false }
        if isJSON { line.quoteJSON(from: start) }
        return true
    }

    /// Appends a structure or an array that its format makes a text of, such as `struct in6_addr`.
    private func appendFormatted(_ step: Step, _ base: Int, _ event: RawSpan, to line: inout LineBuffer) -> Bool {
        if step.format == .endpoint, appendEndpoint(step, base, event, to: &line) { return true }
        if let answer = appendStack(step, base, event, to: &line) { return answer }
        guard let format = withoutEnd(step) ?? step.format,
            let range = Self.range(base + step.access.offset, step.isFlexible ? nil : step.size, event),
            range.count == step.size
        else { return false }
        return appendFormatted(format, range, event, to: &line)
    }

    /// How the address of an end is shown whose port or family is cut off: its bytes are no socket's address.
    func withoutEnd(_ step: Step) -> ValueFormat? {
        step.format == .endpoint && endpoints[step.table] != nil ? .bytes : nil
    }

    /// Appends the end of a connection whose address and port are told apart.
    func appendEndpoint(_ step: Step, _ base: Int, _ event: RawSpan, to line: inout LineBuffer) -> Bool {
        guard let plan = endpoints[step.table] else { return false }
        let start = line.count
        guard plan.append(event, base, to: &line) else { return false }
        if isJSON { line.quoteJSON(from: start) }
        return true
    }

    // MARK: What has values within

    private func appendMembers(of index: Int, _ base: Int, _ event: RawSpan, to line: inout LineBuffer) -> Bool {
        var isWhole = true
        var at = index + 1
        line.append(byte: UInt8(ascii: "{"))
        while at < steps[index].end, !line.isCut {
            guard line.room > steps[at].label.count else {
                line.appendCut(isJSON)
                isWhole = false
                break
            }
            if at > index + 1 { appendComma(to: &line) }
            appendLabel(steps[at].label, to: &line)
            if !append(at, base, event, to: &line) { isWhole = false }
            at = steps[at].end
        }
        line.append(byte: UInt8(ascii: "}"))
        return isWhole
    }

    private func appendElements(of index: Int, _ base: Int, _ event: RawSpan, to line: inout LineBuffer) -> Bool {
        let first = base + steps[index].access.offset
        let stride = steps[index].stride
        let isFlexible = steps[index].isFlexible
        let count = stride == 0 ? 0 : isFlexible ? max(event.byteCount - first, 0) / stride : steps[index].count
        line.append(byte: UInt8(ascii: "["))
        var isWhole = true
        var at = 0
        while at < count, !line.isCut {
            let place = first + at * stride
            guard place < event.byteCount else {
                if !isJSON { line.append(at > 0 ? ", ?" : "?") }
                isWhole = false
                break
            }
            if at > 0 { appendComma(to: &line) }
            if !append(index + 1, place, event, to: &line) { isWhole = false }
            at += 1
        }
        line.append(byte: UInt8(ascii: "]"))
        return isWhole
    }

    @inline(__always)
    private func appendComma(to line: inout LineBuffer) {
        if isJSON { line.append(",") } else { line.append(", ") }
    }
}
