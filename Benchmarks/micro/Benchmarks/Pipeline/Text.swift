// SPDX-License-Identifier: Apache-2.0

import Benchmark
@testable import EventDecoding

/// Text on its way to eyes and to other programs: 10000 of each in an iteration.
func textBenchmarks() {
    let texts: [(name: String, bytes: [UInt8])] = [
        ("a command", Array("kworker/u8:3".utf8)),
        ("a path", Array("/usr/lib/x86_64-linux-gnu/libpthread.so.0/some/longer/path/name".utf8)),
        ("umlauts and ideographs", Array("Füße und Öl, 漢字 im Pfad".utf8)),
        ("hostile text", Array("\u{1b}[2J\u{202e}\u{9b}abc\u{7}".utf8) + [0xff, 0xc0, 0x80]),
    ]
    for (name, bytes) in texts {
        repeated("escape \(name)") { lines, _ in lines.appendEscaped(bytes.span.bytes, quoted: true) }
        repeated("escape \(name) for JSON") { lines, _ in lines.appendJSON(bytes.span.bytes) }
    }
    let environment = FormatEnvironment(bootOffset: 1_700_000_000_000_000_000, machine: "x86_64")
    for format in [ValueFormat.hex, .ip4, .ktime, .ns, .syscall] {
        repeated("write a number as \(format.rawValue)") { lines, number in
            format.append(
                Int128(number &* 1_000_003 & 0xffff_ffff), bits: format == .ip4 ? 32 : 64, to: &lines, environment)
        }
    }
    let (command, path) = (texts[0].bytes, texts[1].bytes)
    Benchmark("table rows of 5 cells, 10000") { benchmark in
        var lines = LineBuffer()
        var table = TableRenderer(
            [
                TableColumn("pid", .unsigned(bits: 32)), TableColumn("comm", .text(count: 16)),
                TableColumn("time", .unsigned(bits: 64)), TableColumn("ret", .signed(bits: 32), format: .ret),
                TableColumn("path", .text(count: 256)),
            ], width: 100, colour: true)
        for _ in benchmark.scaledIterations {
            for number in 0..<10_000 as Range<UInt64> {
                table.row.append(number)
                table.endCell()
                table.row.appendEscaped(command.span.bytes, quoted: false)
                table.endCell()
                table.row.append(number &* 1_000_003)
                table.endCell()
                ValueFormat.ret.append(-2, bits: 32, to: &table.row, environment)
                table.endCell()
                table.row.appendEscaped(path.span.bytes, quoted: false)
                table.endCell()
                table.endRow(to: &lines)
                if lines.count > 1 << 17 { lines.removeAll() }
            }
            blackHole(lines.count)
        }
    }
    Benchmark("CSV rows of 4 cells, 10000") { benchmark in
        var lines = LineBuffer()
        var table = SeparatedRenderer([], .csv)
        for _ in benchmark.scaledIterations {
            for number in 0..<10_000 as Range<UInt64> {
                table.row.append(number)
                table.endCell()
                table.row.appendEscaped(command.span.bytes, quoted: false)
                table.endCell()
                table.row.append(number &* 1_000_003)
                table.endCell()
                table.row.appendEscaped(path.span.bytes, quoted: false)
                table.endCell()
                table.endRow(to: &lines)
                if lines.count > 1 << 17 { lines.removeAll() }
            }
            blackHole(lines.count)
        }
    }
}

private func repeated(_ name: String, _ body: @escaping @Sendable (inout LineBuffer, UInt64) -> Void) {
    Benchmark("\(name), 10000") { benchmark in
        var lines = LineBuffer()
        for _ in benchmark.scaledIterations {
            for number in 0..<10_000 as Range<UInt64> {
                body(&lines, number)
                if lines.count > 1 << 17 { lines.removeAll() }
            }
            blackHole(lines.count)
        }
    }
}
