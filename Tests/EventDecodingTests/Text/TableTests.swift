// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Diagnostics
import Foundation
import Testing

@testable import EventDecoding

private let columns = [
    TableColumn("pid", .unsigned(bits: 32)), TableColumn("comm", .text(count: 16)),
    TableColumn("ret", .signed(bits: 32), format: .ret),
]

extension TableRenderer {
    /// Writes a row of foreign texts.
    fileprivate mutating func write(_ cells: [[UInt8]], to lines: inout LineBuffer) {
        for cell in cells {
            row.appendEscaped(cell.span.bytes, quoted: false)
            endCell()
        }
        endRow(to: &lines)
    }
}

private func table(
    _ columns: [TableColumn], width: Int? = nil, colour: Bool = false, header: Bool = true, wraps: Bool = false,
    _ rows: [[String]]
) -> String {
    text { lines in
        var table = TableRenderer(columns, width: width, colour: colour, wraps: wraps)
        if header { table.writeHeader(to: &lines) }
        for row in rows { table.write(row.map { Array($0.utf8) }, to: &lines) }
    }
}

/// The columns of a line, counted without the library: wide characters of the tests are those above U+1100.
private func columnCount(_ line: some StringProtocol) -> Int {
    line.unicodeScalars.reduce(0) { count, scalar in
        count
            + (scalar.properties.generalCategory == .nonspacingMark
                ? 0 : scalar.value >= 0x1100 && scalar != "…" ? 2 : 1)
    }
}

struct TableTests {
    @Test func `numbers stand on the right of their column and text on the left`() {
        #expect(
            table(columns, [["1", "bash", "-ENOENT"], ["1234567", "a", "0"]])
                == """
                    pid  comm             ret
                      1  bash             -ENOENT
                1234567  a                0

                """)
    }

    @Test func `a column grows with its values, up to a limit, and stays`() {
        let text = table(
            [TableColumn("n", .unsigned(bits: 8)), TableColumn("x", .unsigned(bits: 8))], header: false,
            [
                ["1", "2"], ["12345", "2"], ["1", "2"], [String(repeating: "9", count: 80), "2"], ["1", "2"],
            ])
        #expect(
            text.split(separator: "\n").map { String($0) } == [
                "  1    2", "12345    2", "    1    2", String(repeating: "9", count: 80) + "    2",
                String(repeating: " ", count: 47) + "1    2",
            ])
    }

    @Test func `widths are counted as a terminal shows the escaped text`() {
        let text = table(
            [TableColumn("a", .text(count: 17)), TableColumn("b", .text(count: 5))], header: false,
            [
                ["漢字", "x"], ["e\u{301}\u{302}", "x"], ["\u{202e}", "x"], ["a\u{1b}b", "x"], ["한글", "x"], ["👍", "x"],
                ["é", "x"],
            ])
        for line in text.split(separator: "\n") {
            #expect(line.hasSuffix("x") && columnCount(line) == 19, "\(line)")
        }
    }

    @Test func `a line is cut at the terminal's width, never within an escape or a wide character`() {
        let one = [TableColumn("a", .text(count: 17))]
        #expect(table(one, width: 10, header: false, [["0123456789"]]) == "0123456789\n")
        #expect(table(one, width: 10, header: false, [["0123456789x"]]) == "012345678…\n")
        #expect(table(one, width: 10, header: false, [["01234567\u{1b}xxxx"]]) == "01234567…\n")
        #expect(table(one, width: 10, header: false, [["01234\u{1b}xxxx"]]) == #"01234\x1b…"# + "\n")
        #expect(table(one, width: 10, header: false, [["0123\u{202e}xx"]]) == "0123…\n")
        #expect(table(one, width: 10, header: false, [["01234567漢字"]]) == "01234567…\n")
        #expect(table(one, width: 10, header: false, [["0123456漢字"]]) == "0123456漢…\n")
        #expect(table(one, width: 10, header: false, [["012345678\nabc"]]) == "012345678…\n")
        #expect(table(one, width: 10, header: false, [["01234567e\u{301}\u{301}xxx"]]) == "01234567e\u{301}\u{301}…\n")
        #expect(table(one, width: 1, header: false, [["abc"]]) == "…\n")
        #expect(table(one, width: 0, header: false, [["0123456789x"]]) == "0123456789x\n")
        #expect(table(columns, width: 12, [["1", "bash", "0"]]) == "    pid  co…\n      1  ba…\n")
        #expect(table(columns, width: 8, [["1", "bash", "0"]]) == "    pid…\n      1…\n")
    }

    @Test func `texts give way to numbers, the widest first, each in its own column`() {
        let columns = [
            TableColumn("path", .text(count: 64)), TableColumn("n", .unsigned(bits: 64)),
            TableColumn("comm", .text(count: 16)), TableColumn("last", .unsigned(bits: 8)),
        ]
        let long = String(repeating: "a", count: 40)
        let lines = table(columns, width: 58, [["/short", "1", "bash", "2"], [long, "3", "kworker/0:1-eve", "4"]])
            .split(separator: "\n").map { String($0) }
        #expect(lines[0] == "path                           n  comm             last", "\(lines)")
        #expect(lines[2] == "aaaaaaaaaaaaaaaaaa…               3  kworker/0:1-eve     4", "\(lines)")
        // A wide character that has no room leaves a column.
        let wide = table(columns, width: 58, header: false, [[String(repeating: "漢", count: 30), "3", "x", "4"]])
        #expect(columnCount(wide.dropLast()) == 58 || wide.hasSuffix("   4\n"), "\(wide)")
        for width in 1...80 {
            let text = table(
                columns, width: width, [["/short", "1", "bash", "2"], [long, "3", "kworker/0:1-eve", "4"]])
            for line in text.split(separator: "\n") { #expect(columnCount(line) <= width, "\(width): \(line)") }
        }
    }

    @Test func `a text in the last column is whole where the terminal may go on in its next line`() {
        let columns = [TableColumn("n", .unsigned(bits: 64)), TableColumn("path", .text(count: 64))]
        let long = String(repeating: "a", count: 40)
        let whole = String(repeating: " ", count: 13) + "1  " + long + "\n"
        #expect(table(columns, width: 30, header: false, wraps: true, [["1", long]]) == whole)
        #expect(table(columns, width: 30, header: false, [["1", long]]).hasSuffix("a…\n"))
        // A number is no text: it is cut with its line.
        let numbers = table(
            [columns[1], columns[0]], width: 20, header: false, wraps: true, [[long, "12345678901234"]])
        #expect(columnCount(numbers.dropLast()) <= 20, "\(numbers)")
    }

    @Test func `nothing is cut without a width, and cells beyond the columns are kept`() {
        let long = String(repeating: "x", count: 5000)
        #expect(
            table(columns, header: false, [["1", long, "2", "rest", "more"]])
                == "      1  \(long)  2         rest  more\n")
        #expect(table(columns, header: false, [["1"], []]) == "      1\n\n")
    }

    @Test func `a loss is a line of its own, cut like the others`() {
        func loss(width: Int?, colour: Bool) -> String {
            text { lines in
                var table = TableRenderer(columns, width: width, colour: colour)
                table.row.append("-- 12 events lost")
                table.endLoss(to: &lines)
                table.write([Array("1".utf8)], to: &lines)
            }
        }
        #expect(loss(width: nil, colour: false) == "-- 12 events lost\n      1\n")
        #expect(loss(width: 10, colour: false) == "-- 12 eve…\n      1\n")
        #expect(loss(width: nil, colour: true) == "\u{1b}[1;31m-- 12 events lost\u{1b}[0m\n      1\n")
    }

    @Test func `colour changes no width and ends with its cell`() {
        let rows = [["1", "bash", "-ENOENT"], ["22", "漢字\u{1b}", "0"]]
        for width in [nil, 30, 20, 12, 9, 5, 1] {
            let plain = table(columns, width: width, rows)
            let coloured = table(columns, width: width, colour: true, rows)
            #expect(coloured.replacing(/\u{1b}\[[0-9;]*m/, with: "") == plain)
            if width == nil {
                #expect(coloured.contains("\u{1b}[32mbash\u{1b}[0m") && coloured.contains("\u{1b}[1mpid\u{1b}[0m"))
            }
            for line in coloured.split(separator: "\n") {
                #expect(line.matches(of: /\u{1b}\[[1-9][0-9;]*m/).count == line.matches(of: /\u{1b}\[0m/).count)
            }
        }
    }

    @Test func `hostile cells and titles are harmless, and no line is longer than the terminal`() {
        var generator = SeededNumbers(seed: 3)
        let titles = (0..<3).map { _ in TableColumn(String(decoding: generator.text(), as: UTF8.self), .text(count: 16))
        }
        for round in 0..<120 {
            let width = round % 40 + 1
            let result = written { lines in
                var table = TableRenderer(titles, width: width, colour: false)
                table.writeHeader(to: &lines)
                for _ in 0..<5 {
                    table.write(
                        (0..<Int.random(in: 0...5, using: &generator)).map { _ in generator.text() }, to: &lines)
                }
            }
            #expect(HostileText.harm(in: result, allowing: [10]) == nil)
            let lines = String(decoding: result, as: UTF8.self).unicodeScalars.split(
                separator: "\n", omittingEmptySubsequences: false)
            #expect(lines.count == 7)
            for line in lines { #expect(line.reduce(0) { $0 + DisplayWidth.of($1) } <= width) }
        }
        for bytes in HostileText.all {
            let result = written { lines in
                var table = TableRenderer(columns, width: nil, colour: false)
                table.write([bytes, bytes], to: &lines)
            }
            #expect(HostileText.harm(in: result.dropLast(), allowing: []) == nil)
        }
    }
}

struct DisplayWidthTests {
    @Test func `characters take the columns that terminals give them`() {
        let widths: [(Unicode.Scalar, Int)] = [
            ("a", 1), ("é", 1), ("漢", 2), ("한", 2), ("ア", 2), ("ｱ", 1), ("Ａ", 2), ("\u{301}", 0), ("\u{20dd}", 0),
            ("\u{5b0}", 0),
            ("\u{1161}", 0), ("\u{1100}", 2), ("👍", 2), ("🦀", 2), ("…", 1), ("→", 1), ("ß", 1), ("α", 1), ("ж", 1),
            ("א", 1), ("ع", 1),
            ("\u{20000}", 2), ("\u{3fffd}", 2), ("\u{303f}", 1), ("\u{3000}", 2), ("─", 1), ("\u{e000}", 1), ("☃", 1),
            ("⚡", 2),
            ("\u{d7a3}", 2), ("\u{d7a4}", 1), ("\u{a0}", 1), ("\u{10fffd}", 1),
        ]
        for (scalar, width) in widths {
            #expect(DisplayWidth.of(scalar) == width, "U+\(String(scalar.value, radix: 16))")
        }
    }

    @Test func `the table of wide characters is in order`() {
        for (one, next) in zip(wideCharacters, wideCharacters.dropFirst()) { #expect(one.upperBound < next.lowerBound) }
    }

    @Test func `text is filled to a width on either side`() {
        func padded(_ text: String, _ width: Int, _ alignment: Alignment) -> String {
            EventDecodingTests.text { line in
                line.append("> ")
                line.appendEscaped(text, quoted: false)
                line.pad(from: 2, to: width, alignment)
                line.append("<")
            }
        }
        #expect(padded("ab", 5, .left) == "> ab   <" && padded("ab", 5, .right) == ">    ab<")
        #expect(padded("漢", 5, .right) == ">    漢<" && padded("abcdef", 5, .left) == "> abcdef<")
        #expect(
            padded("", 3, .right) == ">    <" && padded(String(repeating: "x", count: 300), 304, .right).count == 307)
    }
}
