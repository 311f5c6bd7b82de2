// SPDX-License-Identifier: Apache-2.0

import TestSupport
import EventDecoding
import Testing

private func rows(_ dialect: SeparatedRenderer.Dialect, titles: [String]? = nil, _ rows: [[[UInt8]]]) -> [UInt8] {
    written { lines in
        var table = SeparatedRenderer(titles ?? [], dialect)
        if titles != nil { table.writeHeader(to: &lines) }
        for row in rows {
            for cell in row {
                table.row.appendEscaped(cell.span.bytes, quoted: false)
                table.endCell()
            }
            table.endRow(to: &lines)
        }
    }
}

private func string(_ dialect: SeparatedRenderer.Dialect, titles: [String]? = nil, _ cells: [[String]]) -> String {
    String(decoding: rows(dialect, titles: titles, cells.map { $0.map { Array($0.utf8) } }), as: UTF8.self)
}

/// The records of a CSV text by RFC 4180; nil if it is none.
private func records(_ text: String) -> [[String]]? {
    var records: [[String]] = []
    var record: [String] = []
    var cell = ""
    var rest = Array(text.unicodeScalars)[...]
    while let scalar = rest.first {
        if scalar == "\"", cell.isEmpty {
            rest.removeFirst()
            while true {
                guard let inner = rest.popFirst() else { return nil }
                if inner != "\"" {
                    cell.unicodeScalars.append(inner)
                } else if rest.first == "\"" {
                    cell.unicodeScalars.append(inner)
                    rest.removeFirst()
                } else {
                    break
                }
            }
            guard rest.first == "," || rest.first == "\n" else { return nil }
            continue
        }
        rest.removeFirst()
        switch scalar {
        case "\"": return nil
        case ",", "\n":
            record.append(cell)
            cell = ""
            if scalar == "\n" {
                records.append(record)
                record = []
            }
        default: cell.unicodeScalars.append(scalar)
        }
    }
    return record.isEmpty && cell.isEmpty ? records : nil
}

struct SeparatedTests {
    @Test func `cells of CSV are quoted only where they must be`() {
        #expect(
            string(.csv, titles: ["pid", "a,b"], [["1", "x y"], ["2", "say \"hi\", you"]])
                == "pid,\"a,b\"\n1,x y\n2,\"say \"\"hi\"\", you\"\n")
        #expect(string(.csv, [["a\nb", "c\td", "e\\f"]]) == #"a\nb,c\td,e\\f"# + "\n")
        #expect(string(.csv, [[""], ["", ""], []]) == "\"\"\n,\n\n")
    }

    @Test func `cells of TSV are told from tabs`() {
        #expect(
            string(.tsv, titles: ["pid", "na\tme"], [["1", "a\tb\nc\\d, \"x\""]])
                == "pid\tna\\tme\n1\ta\\tb\\nc\\\\d, \"x\"\n")
    }

    @Test(arguments: [
        ("=1+1", #"\x3d1+1"#), ("@SUM(A1)", #"\x40SUM(A1)"#), ("+cmd|' /C calc'!A0", #"\x2bcmd|' /C calc'!A0"#),
        ("-1+1", #"\x2d1+1"#), ("-2,3", #""\x2d2,3""#), ("-", "-"), ("-5", "-5"), ("-1.5e-7", "-1.5e-7"),
        ("-ENOENT", "-ENOENT"),
        ("-bash", "-bash"), ("-1.234ms", "-1.234ms"), ("a=1", "a=1"), ("+1", "+1"), ("-1(2)", #"\x2d1(2)"#),
    ])
    func `what a spreadsheet would run begins with an escape in CSV`(cell: String, written: String) {
        #expect(string(.csv, [[cell]]) == written + "\n")
        #expect(string(.tsv, [[cell]]) == cell + "\n")
    }

    @Test func `hostile cells are harmless and stay in their place`() {
        var generator = SeededNumbers(seed: 21)
        for round in 0..<300 {
            let cells =
                (0..<4).map { _ in generator.text() }
                + (round < HostileText.sequences.count ? [HostileText.sequences[round]] : [[]])
            let escaped = cells.map { cell in text { $0.appendEscaped(cell.span.bytes, quoted: false) } }
            let csv = rows(.csv, [cells])
            #expect(HostileText.harm(in: csv, allowing: [10]) == nil)
            let record = records(String(decoding: csv, as: UTF8.self))
            #expect(record?.count == 1 && record?.first?.count == 5)
            for (read, cell) in zip(record?.first ?? [], escaped) where read != cell {
                // Only the escape of the first character differs.
                #expect(
                    read.hasPrefix("\\x") && read.dropFirst(4) == cell.dropFirst() && "=@+-".contains(cell.prefix(1)))
            }
            let tsv = rows(.tsv, [cells])
            #expect(HostileText.harm(in: tsv, allowing: [9, 10]) == nil)
            let line = String(decoding: tsv, as: UTF8.self)
            #expect(
                line.dropLast().split(separator: "\t", omittingEmptySubsequences: false).map { String($0) } == escaped)
            #expect(line.utf8.filter { $0 == 10 }.count == 1)
        }
        for bytes in HostileText.all {
            #expect(HostileText.harm(in: rows(.csv, [[bytes, bytes]]), allowing: [10]) == nil)
            #expect(HostileText.harm(in: rows(.tsv, [[bytes, bytes]]), allowing: [9, 10]) == nil)
        }
    }
}
