// SPDX-License-Identifier: Apache-2.0

internal import Diagnostics

extension Account {
    /// The account for `--stats-file`.
    var json: JSONValue {
        .object([
            ("version", .integer(1)), ("started_ms", .unsigned(started)), ("events", .unsigned(events)),
            ("bytes", .unsigned(bytes)), ("lost", lost.map { .unsigned($0) } ?? .null), ("writes", .unsigned(writes)),
            ("wakeups", .unsigned(wakeups)), ("maps", .array(maps.map(\.json))),
        ])
    }
}

extension Account.Map {
    var json: JSONValue {
        .object(
            [
                ("id", .integer(Int64(id))), ("name", .string(name)), ("pin", .string(pin)), ("type", .string(type)),
                ("gaps", .unsigned(gaps)),
            ] + (lostBefore.map { [("lost_before", .unsigned($0))] } ?? [])
                + [("rings", .array(rings.map(\.json)))] + (snapshots.map { [("snapshots", $0.json)] } ?? []))
    }
}

extension Account.Snapshots {
    var json: JSONValue {
        .object([
            ("taken", .unsigned(taken)), ("failed", .unsigned(failed)), ("skipped", .unsigned(skipped)),
            ("elements", .unsigned(elements)), ("all_elements", .unsigned(allElements)),
        ])
    }
}

extension Account.Ring {
    var json: JSONValue {
        .object([
            ("cpu", cpu.map { .integer(Int64($0)) } ?? .null), ("events", .unsigned(events)),
            ("lost", lost.map { .unsigned($0) } ?? .null), ("corrupt", .unsigned(corrupt)),
            ("ring_bytes", .integer(Int64(bytes))), ("high_water_bytes", .integer(Int64(highWater))),
        ])
    }
}
