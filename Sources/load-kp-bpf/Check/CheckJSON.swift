// SPDX-License-Identifier: Apache-2.0

import BPFObject
import Diagnostics
import ToolSupport

/// What is known of an object on a kernel, as the members of a JSON object.
struct CheckJSON {
    private let check: ObjectCheck
    private let object: Object

    init(_ check: ObjectCheck, of object: Object) {
        self.check = check
        self.object = object
    }

    var members: [(String, JSONValue)] {
        [
            ("kernel", .string(check.kernel)), ("sources", .array(check.sources.map { .string($0) })),
            ("answer", .string(check.verdict.word)), ("reasons", reasons(check.verdict.reasons)),
            ("not_known", .array(check.verdict.doubts.map { .string($0) })),
            ("programs", .array(check.programs.map(program))), ("maps", .array(check.maps.map(map))),
            ("variables", .array(object.globals.map(variable))),
            ("asks", .array(CheckAsks(check).all.map { ask($0.ask, $0.users) })),
            ("relocations", .array(check.relocations.map(relocation))),
            ("relocations_left_out", .integer(Int64(check.relocationsLeft))),
        ]
    }

    private func reasons(_ reasons: [Diagnostic]) -> JSONValue {
        .array(
            reasons.map { reason in
                reason.json(tool: "load-kp-bpf", exit: ExitStatus(reason.code).rawValue, wording: .options)
            })
    }

    private func program(_ program: ProgramCheck) -> JSONValue {
        .object([
            ("name", .string(program.definition.name)), ("section", .string(program.definition.section)),
            ("type", .string("\(program.type)")),
            ("attach_type", program.attachType.map { .string("\($0)") } ?? .null),
            ("optional", .bool(program.isOptional)),
            ("left_for", program.chosenInstead.map { .string($0) } ?? .null),
            ("in_place_of", .array(program.alternatives.map { .string($0) })),
            ("targets", .array(program.places.map { place($0.target, $0.place) })),
            ("instructions", program.instructionCount.map { .integer(Int64($0)) } ?? .null),
            ("maps", .array(program.maps.map { .string(object.maps[$0].name) })),
            ("answer", .string(program.verdict.word)), ("reasons", reasons(program.verdict.reasons)),
            ("not_known", .array(program.verdict.doubts.map { .string($0) })),
        ])
    }

    private func place(_ target: AttachTarget, _ place: CheckedPlace) -> JSONValue {
        let (there, words): (JSONValue, String) =
            switch place {
            case .there(let name): (.bool(true), name)
            case .absent(let reason): (.bool(false), reason.message)
            case .notKnown(let why): (.null, why)
            case .notAsked(let name): (.null, name)
            }
        return .object([("target", .string("\(target)")), ("there", there), ("words", .string(words))])
    }

    private func map(_ map: MapCheck) -> JSONValue {
        let definition = object.maps[map.index]
        return .object([
            ("name", .string(definition.name)), ("layout", .string(CheckText.layout(definition))),
            ("type", .string("\(definition.type)")),
            ("since", map.ask.since.map { .string("\($0)") } ?? .null),
            ("there", there(map.ask)), ("key_size", .integer(Int64(map.step?.keySize ?? definition.keySize))),
            ("value_size", .integer(Int64(map.step?.valueSize ?? definition.valueSize))),
            ("max_entries", .integer(Int64(map.step?.maxEntries ?? definition.maxEntries))),
            ("flags", .integer(Int64(map.step?.flags ?? definition.flags))),
            ("made", .bool(map.step != nil)), ("pin", map.pin.map { .string($0.path) } ?? .null),
            ("pin_state", map.pin.map { .string($0.state.rawValue) } ?? .null),
            ("modern_form", map.modernForm.map { .string($0) } ?? .null),
        ])
    }

    private func there(_ ask: KernelAsk) -> JSONValue {
        switch ask.answer {
        case .yes: .bool(true)
        case .no: .bool(false)
        case .notKnown: .null
        }
    }

    private func variable(_ variable: GlobalText) -> JSONValue {
        .object([
            ("name", .string(variable.name)), ("type", .string(variable.type)), ("value", .string(variable.value)),
            ("section", .string(variable.section)),
        ])
    }

    private func ask(_ ask: KernelAsk, _ users: [String]) -> JSONValue {
        .object([
            ("kind", .string(ask.kind.rawValue)), ("name", .string(ask.name)),
            ("since", ask.since.map { .string("\($0)") } ?? .null), ("there", there(ask)),
            ("optional", .bool(ask.isOptional)), ("programs", .array(users.map { .string($0) })),
        ])
    }

    private func relocation(_ row: RelocationRow) -> JSONValue {
        .object([
            ("access", .string(row.access)), ("fact", .string(row.fact)), ("object", .unsigned(row.local)),
            ("kernel", row.target.map { .unsigned($0) } ?? .null), ("found", row.found.map { .string($0) } ?? .null),
            ("failure", row.failure.map { .string($0) } ?? .null), ("function", .string(row.function)),
            ("file", row.source.map { .string($0.file) } ?? .null),
            ("line", row.source.map { .integer(Int64($0.line)) } ?? .null), ("count", .integer(Int64(row.count))),
        ])
    }
}
