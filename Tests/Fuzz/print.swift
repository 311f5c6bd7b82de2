// SPDX-License-Identifier: Apache-2.0

import BTF
import BPFObject
import Diagnostics
import EventDecoding

/// Takes hostile BTF as the type of a hostile event and shows that in every form: as print-event does with a capture.
///
/// The input is the number of the type (1 byte), the bytes of the event (2, little-endian), then the event and the BTF. A
/// second event is empty and a third one is larger than the type.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzPrint(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    let bytes = unsafe Array(UnsafeBufferPointer(start: start, count: count))
    guard bytes.count >= 3 else { return 0 }
    let eventSize = min(Int(bytes[1]) | Int(bytes[2]) << 8, bytes.count - 3)
    let event = Array(bytes[3..<(3 + eventSize)])
    let btf = Array(bytes[(3 + eventSize)...])
    guard let schema = try? EventSchema(name: "struct event", btf: btf, typeID: Int(bytes[0])),
        let plan = try? DecodingPlan(schema)
    else { return 0 }
    let views = Views(plan)
    for event in [event, [], event + [UInt8](repeating: 0xa5, count: 1 << 12)] { views.show(event) }
    return 0
}

/// The forms that print-event has.
private struct Views {
    private let plan: DecodingPlan
    private let renderers: [EventRenderer]
    private let cells: EventCells
    private let conditions: [WhereProgram]

    init(_ plan: DecodingPlan) {
        self.plan = plan
        var environment = FormatEnvironment()
        environment.bootOffset = 1_700_000_000_000_000_000
        environment.machine = "x86_64"
        let whole = ContextField.allCases
        renderers = [
            EventRenderer(plan, style: .line, environment: environment, context: whole),
            EventRenderer(plan, style: .json(.number), environment: environment, context: whole),
        ]
        let columns = plan.columns.prefix(64)
        cells = EventCells(
            plan, environment: environment,
            fields: columns.map { ShownField(.event($0), name: $0.path) })
        conditions = columns.prefix(8).compactMap { column in
            guard let expression = try? WhereExpression(parsing: "\(column.path) == 1 || \(column.path) != \"a*\"")
            else {
                return nil
            }
            return try? expression.compile(for: plan)
        }
    }

    func show(_ event: [UInt8]) {
        let span = event.span
        for isPadded in [false, true] {
            for renderer in renderers {
                var line = LineBuffer(capacity: 16)
                renderer.append(span.bytes, EventContext(), isPadded: isPadded, to: &line)
                check(line, event)
                // With less room it is shorter, and still a line.
                for room in [0, 1, 50, 1000, line.count] {
                    line.removeAll()
                    line.open(room: room)
                    renderer.append(span.bytes, EventContext(), isPadded: isPadded, to: &line)
                    line.close()
                    check(line, event)
                }
            }
        }
        for column in plan.columns.prefix(256) {
            precondition(plan.field(column.path) != nil || column.path.contains { !$0.isLetter && !$0.isNumber })
            _ = column.value(in: span.bytes)
            // Elements of arrays within arrays, also the farthest: each is a product of numbers of the type.
            for element in ["[0]", "[1]", "[0][0]", "[1][1][1]", "[4294967294]", "[2147483647][1]"] {
                _ = plan.field(column.path + element)?.value(in: span.bytes)
            }
        }
        for condition in conditions { _ = condition.matches(span.bytes, EventContext()) }
        var separated = SeparatedRenderer(cells.columns.map(\.title), .csv)
        var table = TableRenderer(cells.columns, width: 100, colour: true)
        var lines = LineBuffer(capacity: 16)
        separated.writeHeader(to: &lines)
        table.writeHeader(to: &lines)
        for index in 0..<cells.count {
            cells.append(index, span.bytes, EventContext(), to: &separated.row)
            separated.endCell()
            cells.append(index, span.bytes, EventContext(), to: &table.row)
            table.endCell()
        }
        separated.endRow(to: &lines)
        table.endRow(to: &lines)
    }

    /// One line of at most 8 MiB, without a byte that a terminal obeys.
    private func check(_ line: borrowing LineBuffer, _ event: [UInt8]) {
        precondition(line.count <= 8 << 20)
        let end = line.count - 1
        let bytes = unsafe line.bytes.withUnsafeBytes { unsafe Array($0) }
        precondition(bytes[end] == 10 && !bytes[..<end].contains { $0 < 0x20 || $0 == 0x7f })
    }
}
