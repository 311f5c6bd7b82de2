// SPDX-License-Identifier: Apache-2.0

package import EventDecoding
internal import EventSummaries

/// Writes a page of HTML that needs nothing else.
///
/// It asks for nothing from elsewhere, is readable without script, light or dark as its reader has it, and can be printed. Its
/// figures stand in it as JSON too, in the element `data`.
package struct PageWriter {
    private let content: PageContent
    private let drawing: PageDrawing

    /// Prepares a page.
    package init(_ content: PageContent) {
        self.content = content
        drawing = PageDrawing(content)
    }

    /// Writes the page.
    ///
    /// - Parameter each: Called behind each of its parts.
    package func write(to lines: inout LineBuffer, _ each: (inout LineBuffer) -> Void) {
        writeHead(to: &lines)
        if content.rates.count > 0 { drawing.writeRates(to: &lines) }
        each(&lines)
        if let stacks = content.stacks {
            lines.append("<section><h2>Stacks</h2>\n")
            FlameGraph(stacks.counts, stacks.legend).write(isFile: false, to: &lines, each)
            lines.append("</section>\n")
        }
        if !content.tables.isEmpty {
            lines.append("<section><h2>Most frequent</h2>\n<div class=\"tables\">\n")
            for table in content.tables {
                write(table, to: &lines)
                each(&lines)
            }
            lines.append("</div>\n</section>\n")
        }
        for spread in content.spreads {
            write(spread, to: &lines)
            each(&lines)
        }
        lines.append("<script type=\"application/json\" id=\"data\">")
        writeData(to: &lines)
        lines.append("</script>\n</main>\n</body>\n</html>\n")
        each(&lines)
    }

    private func writeHead(to lines: inout LineBuffer) {
        lines.append("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
        lines.append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n")
        lines.append(
            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'\">\n"
        )
        lines.append("<title>")
        lines.appendMarkup(content.legend.title)
        lines.append("</title>\n<style>\n")
        lines.append(own: PageStyle.text)
        lines.append("</style>\n</head>\n<body>\n<main>\n<h1>")
        lines.appendMarkup(content.legend.title)
        lines.append("</h1>\n")
        if !content.legend.origin.isEmpty {
            lines.append("<p class=\"origin\">")
            lines.appendMarkup(content.legend.origin)
            lines.append("</p>\n")
        }
        for note in content.legend.notes {
            lines.append("<p class=\"note\">")
            lines.appendMarkup(note)
            lines.append("</p>\n")
        }
        write(content.facts, to: &lines)
    }

    private func write(_ pairs: [(name: String, text: String)], to lines: inout LineBuffer) {
        lines.append("<dl>\n")
        for pair in pairs {
            lines.append("<div><dt>")
            lines.appendMarkup(pair.name)
            lines.append("</dt><dd>")
            lines.appendMarkup(pair.text)
            lines.append("</dd></div>\n")
        }
        lines.append("</dl>\n")
    }

    // MARK: Tables

    private func write(_ table: PageContent.Table, to lines: inout LineBuffer) {
        lines.append("<table><caption>")
        lines.appendMarkup(table.title)
        lines.append("</caption>\n<thead><tr>")
        for column in table.columns {
            lines.append("<th scope=\"col\">")
            lines.appendMarkup(column)
            lines.append("</th>")
        }
        lines.append("<th scope=\"col\" class=\"number\">")
        lines.appendMarkup(table.countName)
        lines.append("</th><th aria-hidden=\"true\"></th></tr></thead>\n<tbody>\n")
        let largest = table.rows.reduce(UInt64(1)) { max($0, $1.count) }
        for row in table.rows {
            lines.append("<tr>")
            for cell in row.cells {
                lines.append("<td>")
                lines.appendMarkup(escaped: unsafe cell.utf8.span.bytes)
                lines.append("</td>")
            }
            lines.append("<td class=\"number\">")
            lines.append(row.count)
            lines.append("</td><td class=\"bar\">")
            drawing.writeBar(row.count, of: largest, to: &lines)
            lines.append("</td></tr>\n")
        }
        lines.append("</tbody></table>\n")
    }

    private func write(_ spread: PageContent.Spread, to lines: inout LineBuffer) {
        lines.append("<section><h2>")
        lines.appendMarkup(spread.title)
        if !spread.unit.isEmpty {
            lines.append(" <small>in ")
            lines.appendMarkup(spread.unit)
            lines.append("</small>")
        }
        lines.append("</h2>\n")
        write(spread.figures, to: &lines)
        lines.append("<table class=\"histogram\"><tbody>\n")
        let largest = spread.histogram.reduce(UInt64(1)) { max($0, $1.count) }
        for row in spread.histogram {
            lines.append("<tr><th scope=\"row\" class=\"number\">")
            lines.appendMarkup(row.label)
            lines.append("</th><td class=\"number\">")
            lines.append(row.count)
            lines.append("</td><td class=\"bar\">")
            drawing.writeBar(row.count, of: largest, to: &lines)
            lines.append("</td></tr>\n")
        }
        lines.append("</tbody></table>\n")
        if spread.heat.count > 1 { drawing.writeHeat(spread, to: &lines) }
        lines.append("</section>\n")
    }

    // MARK: Data

    private func writeData(to lines: inout LineBuffer) {
        var json = LineBuffer(capacity: 1 << 14)
        json.append("{\"title\":")
        json.appendJSON(content.legend.title)
        json.append(",\"origin\":")
        json.appendJSON(content.legend.origin)
        json.append(",\"notes\":[")
        for (index, note) in content.legend.notes.enumerated() {
            if index > 0 { json.append(",") }
            json.appendJSON(note)
        }
        json.append("],\"facts\":")
        append(content.facts, to: &json)
        json.append(",\"rates\":{\"width_ns\":")
        json.append(content.rates.width)
        json.append(",\"from_ns\":")
        json.append(content.rates.start(0))
        for (row, name) in [(0, "events"), (1, "lost")] {
            json.append(",")
            json.appendJSON(name)
            json.append(":[")
            for bucket in 0..<content.rates.count {
                if bucket > 0 { json.append(",") }
                json.append(content.rates[bucket, row])
            }
            json.append("]")
        }
        json.append("},\"tables\":[")
        for (index, table) in content.tables.enumerated() {
            if index > 0 { json.append(",") }
            append(table, to: &json)
        }
        json.append("],\"values\":[")
        for (index, spread) in content.spreads.enumerated() {
            if index > 0 { json.append(",") }
            append(spread, to: &json)
        }
        json.append("]}")
        lines.appendScriptJSON(json.bytes)
    }

    private func append(_ pairs: [(name: String, text: String)], to json: inout LineBuffer) {
        json.append("{")
        for (index, pair) in pairs.enumerated() {
            if index > 0 { json.append(",") }
            json.appendJSON(pair.name)
            json.append(":")
            json.appendJSON(pair.text)
        }
        json.append("}")
    }

    private func append(_ table: PageContent.Table, to json: inout LineBuffer) {
        json.append("{\"title\":")
        json.appendJSON(table.title)
        json.append(",\"columns\":[")
        for column in table.columns {
            json.appendJSON(column)
            json.append(",")
        }
        json.appendJSON(table.countName)
        json.append("],\"rows\":[")
        for (index, row) in table.rows.enumerated() {
            json.append(index == 0 ? "[" : ",[")
            for cell in row.cells {
                json.appendJSON(cell)
                json.append(",")
            }
            json.append(row.count)
            json.append("]")
        }
        json.append("]}")
    }

    private func append(_ spread: PageContent.Spread, to json: inout LineBuffer) {
        json.append("{\"name\":")
        json.appendJSON(spread.title)
        json.append(",\"unit\":")
        json.appendJSON(spread.unit)
        json.append(",\"figures\":")
        append(spread.figures, to: &json)
        json.append(",\"histogram\":[")
        for (index, row) in spread.histogram.enumerated() {
            if index > 0 { json.append(",") }
            row.appendJSON(to: &json)
        }
        json.append("]}")
    }
}
