// SPDX-License-Identifier: Apache-2.0

import BPFObject
import Diagnostics
import ToolSupport

/// What is known of an object on a kernel, as tables for people.
struct CheckText {
    private let check: ObjectCheck
    private let object: Object

    init(_ check: ObjectCheck, of object: Object) {
        self.check = check
        self.object = object
    }

    /// All of it: what is empty is left out.
    var text: String {
        let known = check.sources.isEmpty ? "by its version alone" : "by " + check.sources.joined(separator: " and ")
        var parts = [["\(object.name) on Linux \(check.kernel), \(known)".terminalSafe]]
        parts += [programs, maps, globals, asks, relocations, modernForms].filter { $0.count > 1 }
        parts.append(verdict)
        return parts.map { $0.joined(separator: "\n") }.joined(separator: "\n\n")
    }

    // MARK: - Programs

    private var programs: [String] {
        var table = CheckTable("PROGRAM", "SECTION", "TYPE", "WHERE", "INSTRUCTIONS", "ANSWER")
        for program in check.programs {
            var type = "\(program.type)"
            if let attach = program.attachType { type += " \(attach)" }
            table.add(
                program.definition.name, program.definition.section, type, Self.place(program),
                program.instructionCount.map { "\($0)" } ?? "-", Self.answer(program))
        }
        return table.lines
    }

    /// Where a program goes.
    private static func place(_ program: ProgramCheck) -> String {
        let words = program.places.map { target, place in
            switch place {
            case .there(let name), .notAsked(let name): name
            case .absent: "not there: \(target)"
            case .notKnown: "not known: \(target)"
            }
        }
        return words.isEmpty ? "-" : words.joined(separator: ", ")
    }

    /// The answer of a program in a few words.
    static func answer(_ program: ProgramCheck) -> String {
        if let chosen = program.chosenInstead { return "left: \(chosen) does the same" }
        let instead =
            program.alternatives.isEmpty ? "" : ", in place of " + program.alternatives.joined(separator: ", ")
        let optional = program.isOptional ? " (the others go on)" : ""
        if let absence = program.absence { return "nothing to attach to (\(absence.code.rawValue))" + optional }
        switch program.verdict {
        case .loads: return "loads" + instead
        case .doesNotLoad(let reasons):
            return "does not load (\(reasons.first?.code.rawValue ?? ""))" + optional
        case .notKnown: return "not known"
        }
    }

    // MARK: - Maps and variables

    private var maps: [String] {
        var table = CheckTable("MAP", "LAYOUT", "TYPE", "SINCE", "KEY", "VALUE", "ENTRIES", "PIN", "ANSWER")
        for map in check.maps {
            let definition = object.maps[map.index]
            let (key, value, entries) =
                map.step.map { ($0.keySize, $0.valueSize, $0.maxEntries) }
                ?? (definition.keySize, definition.valueSize, definition.maxEntries)
            table.add(
                definition.name, Self.layout(definition), "\(definition.type)", Self.since(map.ask), "\(key)",
                "\(value)",
                "\(entries)", map.pin?.path ?? "-", Self.answer(map))
        }
        return table.lines
    }

    private static func since(_ ask: KernelAsk) -> String { ask.since.map { "\($0)" } ?? "-" }

    /// How a map was read.
    static func layout(_ map: MapDefinition) -> String {
        switch map.origin {
        case .legacy(let layout): "\(layout)"
        case .btf: ".maps"
        case .data: "data"
        case .configuration: "configuration"
        case .structure: "struct_ops"
        }
    }

    /// What becomes of a map.
    static func answer(_ map: MapCheck) -> String {
        guard map.step != nil else { return "not made: no program uses it" }
        switch (map.ask.answer, map.pin?.state) {
        case (.no, _): return "refused: the kernel has no such type"
        case (_, .reused): return "reused, if it fits"
        case (_, .notKnown): return "created, or reused: not known"
        case (.notKnown, _): return "not known"
        case (.yes, _): return "created"
        }
    }

    private var globals: [String] {
        var table = CheckTable("VARIABLE", "TYPE", "VALUE", "SECTION")
        for variable in object.globals {
            table.add(variable.name, variable.type, variable.value, variable.section)
        }
        return table.lines
    }

    // MARK: - What is asked

    private var asks: [String] {
        var table = CheckTable("ASKS FOR", "NAME", "SINCE", "THERE", "BY")
        for (ask, users) in CheckAsks(check).all {
            table.add(
                ask.kind.rawValue, ask.name, Self.since(ask),
                ask.answer.rawValue + (ask.isOptional && ask.answer != .yes ? " (can do without)" : ""),
                users.joined(separator: ", "))
        }
        return table.lines
    }

    private var relocations: [String] {
        var table = CheckTable("CO-RE", "FACT", "OBJECT", "KERNEL", "AT")
        for row in check.relocations {
            table.add(
                row.access, row.fact, "\(row.local)",
                row.target.map { "\($0)" } ?? (row.isKnown ? "none" : "not known"),
                CheckAsks.place(row) + (row.count > 1 ? ", and \(row.count - 1) more" : ""))
        }
        return table.lines + (check.relocationsLeft > 0 ? ["and \(check.relocationsLeft) more"] : [])
    }

    private var modernForms: [String] {
        let forms = check.maps.compactMap(\.modernForm)
        return forms.isEmpty
            ? [] : ["The \(forms.count == 1 ? "legacy map" : "legacy maps") in the form of .maps:"] + forms
    }

    // MARK: - The answer

    private var verdict: [String] {
        switch check.verdict {
        case .loads:
            return [
                "It loads, as far as its files tell: nothing that it asks for is missing. The verifier has the last word."
            ]
        case .doesNotLoad(let reasons): return ["It does not load: " + (reasons.first?.message ?? "").terminalSafe]
        case .notKnown(let doubts): return ["Not known:"] + doubts.map { "  " + $0.terminalSafe }
        }
    }
}

/// What all programs of an object ask for, each thing once, with those that do.
struct CheckAsks {
    private(set) var all: [(ask: KernelAsk, users: [String])] = []

    init(_ check: ObjectCheck) {
        var places: [String: Int] = [:]
        func key(_ ask: KernelAsk) -> String { "\(ask.kind) \(ask.name)" }
        for program in check.programs {
            for ask in program.asks {
                if let place = places[key(ask)] {
                    if !ask.isOptional { all[place].ask.isOptional = false }
                    all[place].users.append(program.definition.name)
                } else {
                    places[key(ask)] = all.count
                    all.append((ask, [program.definition.name]))
                }
            }
        }
        all += check.externs.map { ($0, []) }
        let order = KernelAsk.Kind.allCases
        all.sort { first, second in
            (order.firstIndex(of: first.ask.kind) ?? 0, first.ask.name)
                < (order.firstIndex(of: second.ask.kind) ?? 0, second.ask.name)
        }
    }

    /// Where a relocation is.
    static func place(_ row: RelocationRow) -> String {
        guard let source = row.source, source.line > 0 else { return row.function }
        let file = source.file.split(separator: "/").last ?? ""
        return "\(file):\(source.line)"
    }
}

/// The answers of several kernels: a row for each, a column for each program.
struct CheckMatrix {
    private let checks: [ObjectCheck]

    init(_ checks: [ObjectCheck]) { self.checks = checks }

    /// The table, and below it the first reason of each kernel that does not load the object.
    var text: String {
        let names = checks.first?.programs.map(\.definition.name) ?? []
        var table = CheckTable(names: ["KERNEL"] + names + ["OBJECT"])
        for check in checks {
            table.add(cells: [check.kernel] + check.programs.map(Self.word) + [Self.word(check.verdict)])
        }
        var lines = table.lines
        for check in checks {
            switch check.verdict {
            case .loads: continue
            case .doesNotLoad(let reasons):
                guard let reason = reasons.first else { continue }
                lines.append(
                    ("\(check.kernel): "
                        + [reason.message, reason.cause].compactMap(\.self).joined(separator: ": ")).terminalSafe)
            case .notKnown(let doubts):
                lines.append("\(check.kernel): not known: \(doubts.first ?? "")".terminalSafe)
            }
        }
        return lines.joined(separator: "\n")
    }

    private static func word(_ program: ProgramCheck) -> String {
        if program.chosenInstead != nil { return "left" }
        if program.absence != nil { return "no place" }
        return word(program.verdict)
    }

    private static func word(_ verdict: CheckVerdict) -> String {
        switch verdict {
        case .loads: "loads"
        case .doesNotLoad: "does not"
        case .notKnown: "not known"
        }
    }
}
