// SPDX-License-Identifier: Apache-2.0

import BTF
import BPFObject
import EventDecoding
import EventTypes
import Foundation
import Testing

/// A type whose names and texts a hostile object and a hostile program have chosen.
private struct HostileType {
    let plan: DecodingPlan
    let fields: [ShownField]

    /// - Parameter name: What stands where names of the type were; shortened or filled up.
    init(naming name: [UInt8]) throws {
        let schema = try EventSchema.layout(
            """
            enum state { statestate = 1, otherother = 2 };
            enum mode { flagflagA1 = 1, flagflagB2 = 2, flagflagC4 = 4, flagflagD8 = 8 };
            struct eventevent {
                unsigned int number;
                enum state numbername;
                enum mode modes;
                char textmember[24];
                unsigned char rawrawraw1[6];
                struct { char innerinner[24]; } nestednest;
                char manytexts1[2][24];
                unsigned long long address;
            };
            """)
        var btf = schema.btf
        for old in ["statestate", "flagflagA1", "textmember", "innerinner", "nestednest", "manytexts1", "numbername"] {
            let new = (name.filter { $0 != 0 } + Array(old.utf8)).prefix(old.utf8.count)
            if let range = btf.firstRange(of: Array(old.utf8)) { btf.replaceSubrange(range, with: new) }
        }
        try #require(name.allSatisfy { $0 == 0 } || btf != schema.btf)
        plan = try DecodingPlan(
            EventSchema(name: "struct " + String(decoding: name, as: UTF8.self), btf: btf, typeID: schema.typeID))
        fields =
            plan.columns.map { ShownField(.event($0), name: $0.path) }
            + ContextField.allCases.map { ShownField(.context($0), name: $0.name) }
    }

    /// An event that holds a text wherever there is room for one.
    func event(_ text: [UInt8], state: UInt8) -> [UInt8] {
        let text = Array((text + [UInt8](repeating: 0, count: 24)).prefix(24))
        var bytes: [UInt8] = [1, 0, 0, 0, state, 0, 0, 0, 3, 0, 0, 0]
        bytes += text + text.prefix(6) + text + text + text
        bytes += [UInt8](repeating: 0, count: max(0, plan.size - bytes.count - 8)) + text.prefix(8)
        return bytes
    }
}

struct HostileEventTests {
    private func context(_ text: [UInt8]) -> EventContext {
        var context = EventContext()
        (context.cpu, context.pid, context.tid, context.time) = (1, 2, 3, 4_000_000_000)
        context.map = String(decoding: text, as: UTF8.self)
        return context
    }

    @Test func `no name, text or map of any event is harmful in a line or in JSON`() throws {
        let environment = FormatEnvironment(bootOffset: 1_700_000_000_000_000_000, machine: "x86_64")
        for (index, text) in HostileText.sequences.enumerated() {
            let type = try HostileType(naming: text)
            let event = type.event(text, state: UInt8(index % 3)) + text
            for style in [ValueStyle.line, .json(.number), .json(.string)] {
                let renderer = EventRenderer(
                    type.plan, style: style, environment: environment, context: ContextField.allCases)
                for cut in [event.count, type.plan.size, type.plan.size / 2, 3] {
                    let bytes = Array(event.prefix(cut))
                    let line = written {
                        renderer.append(bytes.span.bytes, context(text), isPadded: false, to: &$0)
                    }
                    #expect(line.last == 10)
                    let harm = HostileText.harm(in: Array(line.dropLast()))
                    #expect(harm == nil, "\(text) in \(style)")
                    guard style != .line else { continue }
                    let members = try JSONSerialization.jsonObject(with: Data(line)) as? [String: Any]
                    #expect(members?["_pid"] as? Int == 2, "\(text)")
                    #expect(members?["_map"] as? String == String(decoding: text, as: UTF8.self))
                }
            }
        }
    }

    @Test func `no name, text or map of any event is harmful in a table, in CSV, in TSV or in a template`() throws {
        let environment = FormatEnvironment(bootOffset: 1, machine: "x86_64")
        for (index, text) in HostileText.sequences.enumerated() {
            let type = try HostileType(naming: text)
            let event = type.event(text, state: UInt8(index % 3))
            let cells = EventCells(type.plan, environment: environment, fields: type.fields)
            let table = written { lines in
                var table = TableRenderer(cells.columns, width: index % 90 + 1, colour: false)
                table.writeHeader(to: &lines)
                for index in 0..<cells.count {
                    cells.append(index, event.span.bytes, context(text), to: &table.row)
                    table.endCell()
                }
                table.endRow(to: &lines)
            }
            #expect(HostileText.harm(in: table, allowing: [10]) == nil, "\(text)")
            #expect(table.filter { $0 == 10 }.count == 2)
            for dialect in [SeparatedRenderer.Dialect.csv, .tsv] {
                let rows = written { lines in
                    var table = SeparatedRenderer(cells.columns.map(\.title), dialect)
                    table.writeHeader(to: &lines)
                    for index in 0..<cells.count {
                        cells.append(index, event.span.bytes, context(text), to: &table.row)
                        table.endCell()
                    }
                    table.endRow(to: &lines)
                }
                #expect(HostileText.harm(in: rows, allowing: dialect == .csv ? [10] : [9, 10]) == nil, "\(text)")
                #expect(rows.filter { $0 == 10 }.count == 2)
                if dialect == .tsv {
                    let tabs = rows.split(separator: 10).map { line in line.filter { $0 == 9 }.count }
                    #expect(tabs == [cells.count - 1, cells.count - 1], "\(text)")
                }
            }
            for index in 0..<cells.count {
                let cell = written { cells.append(index, event.span.bytes, context(text), to: &$0) }
                #expect(HostileText.harm(in: cell) == nil, "\(text)")
            }
        }
    }
}
