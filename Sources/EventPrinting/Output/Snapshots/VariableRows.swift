// SPDX-License-Identifier: Apache-2.0

internal import EventDecoding
internal import MapTables

/// Global variables as rows: the name and the value of each, and its change where that is asked for.
final class VariableRows {
    /// The names of the variables; those of members with dots.
    let names: [[UInt8]]
    /// What is shown of each: its value, and its changes or nil where it is no counter.
    let picks: [[Int?]]
    /// The cells of all of them.
    let cells: EventCells
    /// The titles of the columns.
    let titles: [String]

    /// - Returns: Nil if the form shows an event as a whole.
    init?(
        _ view: EventView, _ parts: ElementParts, _ environment: FormatEnvironment, without histograms: HistogramPlan?
    ) {
        guard view.isAllFields else { return nil }
        switch view.form {
        case .table, .separated, .lines: break
        case .json, .template, .raw, .summary, .picture: return nil
        }
        let plan = parts.plan
        var titles = ["name", "value"]
        let beside = parts.extras.contains(.changes) ? ["delta", "rate"] : []
        titles += beside
        var names: [[UInt8]] = []
        var picks: [[Int?]] = []
        var fields: [ShownField] = []
        func add(_ field: EventField?) -> Int? {
            guard let field else { return nil }
            fields.append(ShownField(.event(field), name: field.path))
            return fields.count - 1
        }
        for column in plan.columns where column.path.hasPrefix("value.") {
            let name = String(column.path.dropFirst("value.".count))
            let isDrawn = histograms?.arrays.contains { array in
                array.counters.member == column.path || array.counters.member.hasPrefix(column.path + ".")
            }
            guard isDrawn != true else { continue }
            names.append(Array(name.utf8))
            picks.append([add(column)] + beside.map { add(plan.field("\($0).\(name)")) })
        }
        self.names = names
        self.picks = picks
        self.titles = titles
        cells = EventCells(plan, environment: environment, fields: fields)
    }

    /// The columns of a table.
    var columns: [TableColumn] {
        titles.enumerated().map { index, title in
            TableColumn(title, index == 0 ? .text(count: 24) : .unsigned(bits: 64))
        }
    }
}
