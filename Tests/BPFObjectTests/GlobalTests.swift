// SPDX-License-Identifier: Apache-2.0

import Diagnostics
import TestSupport
import Testing

@testable import BPFObject

/// Global variables: set before the load, shown after it.
struct GlobalTests {
    private func object(_ target: String = "bpf", arguments: [String] = ["-g"]) throws -> Object {
        try Object(parsing: compileBPF("data.c", target: target, arguments: arguments), name: "data.bpf.o")
    }

    private func value(_ name: String, _ object: Object) throws -> String {
        for (index, map) in object.maps.enumerated() {
            let prefix = name + " = "
            let lines = object.globalsText(ofMap: index, map.content?.bytes ?? [])
            if let line = lines.first(where: { $0.hasPrefix(prefix) }) { return String(line.dropFirst(prefix.count)) }
        }
        throw ObjectTestFailure("no \(name)")
    }

    private static let initial = [
        "pid_limit": "-3", "min_duration_ns": "5", "verbose": "true", "comm": "\"init\"", "color": "GREEN",
        "wide": "HUGE", "ratio": "0.5", "part": "1.5", "address": "{1, 2, 3, 4, 5, 6}",
        "table": "{{1, 2, 3}, {4, 5, 6}}", "pointer": "NULL", "calls": "0",
        "cfg": "{.level = 4, .narrow = 5, .broad = 291, .sign = -2, {.nested = 0}, "
            + ".limits = {{.x = 1, .y = 2}, {.x = 3, .y = -4}, {.x = 0, .y = 0}, {.x = 0, .y = 0}}, "
            + ".either = {.word = 0, .raw = {0, 0, 0, 0}}}",
    ]

    @Test(arguments: ["bpfel", "bpfeb"])
    func `values are shown as C writes them, in both byte orders`(target: String) throws {
        let object = try object(target)
        for (name, text) in Self.initial { #expect(try value(name, object) == text) }
        #expect(object.variables.filter { $0.section != "license" }.count == Self.initial.count)
    }

    private static let assignments: [(String, String, String)] = [
        ("pid_limit=42", "pid_limit", "42"), ("pid_limit=-2147483648", "pid_limit", "-2147483648"),
        ("min_duration_ns=0xffffffffffffffff", "min_duration_ns", "18446744073709551615"),
        ("min_duration_ns=3ms", "min_duration_ns", "3000000"),
        ("min_duration_ns=2m", "min_duration_ns", "120000000000"),
        ("min_duration_ns=0b101", "min_duration_ns", "5"), ("min_duration_ns=0755", "min_duration_ns", "493"),
        ("pid_limit='a'", "pid_limit", "97"), ("verbose=false", "verbose", "false"), ("color=BLUE", "color", "BLUE"),
        ("color=3", "color", "3"), ("wide=SMALL", "wide", "SMALL"), ("wide=-1", "wide", "SMALL"),
        ("comm=bash", "comm", "\"bash\""), ("comm=\"a\\n\"", "comm", "\"a\\n\""),
        ("comm=exactly8", "comm", "\"exactly8\""),
        ("comm=", "comm", "\"\""), ("ratio=1e3", "ratio", "1000.0"), ("part=-0.25", "part", "-0.25"),
        ("table={{7},{8,9,}}", "table", "{{7, 0, 0}, {8, 9, 0}}"),
        ("table[1][2]=-1", "table", "{{1, 2, 3}, {4, 5, -1}}"),
        ("address={0xff}", "address", "{255, 0, 0, 0, 0, 0}"), ("calls=9", "calls", "9"),
    ]

    @Test(arguments: [
        ("min_us", "us"), ("cfg.timeout_ms", "ms"), ("limits_s[2]", "s"), ("wait_secs", "s"), ("ns", nil), ("bus", nil),
        ("targets", nil), ("", nil), ("a[1][2]", nil), ("window_us.first", nil),
    ])
    func `the name of a variable says the unit of its times`(path: String, unit: String?) {
        #expect(TimeUnit(ofVariable: path)?.rawValue == unit)
    }

    @Test func `a time is taken as far as it is a whole number of what a variable counts`() {
        #expect(TimeUnit.milliseconds.count(TimeUnit.time("2s") ?? 0) == 2000)
        #expect(TimeUnit.milliseconds.count(TimeUnit.time("1500us") ?? 0) == nil)
        #expect(
            TimeUnit.time("18446744073709551615h") == nil && TimeUnit.time("ms") == nil && TimeUnit.time("1.5s") == nil)
    }

    @Test(arguments: ["bpfel", "bpfeb"])
    func `values are set by type, in both byte orders`(target: String) throws {
        for (assignment, name, text) in Self.assignments {
            var object = try object(target)
            try object.set(assignment)
            #expect(try value(name, object) == text, "\(assignment)")
            for (other, initial) in Self.initial where other != name { #expect(try value(other, object) == initial) }
        }
    }

    @Test(arguments: ["bpfel", "bpfeb"])
    func `members, elements and bit-fields are set by their path`(target: String) throws {
        var object = try object(target)
        for text in [
            "cfg.narrow=7", "cfg.broad=4095", "cfg.sign=-8", "cfg.limits[3].x=-5", "cfg.nested=1",
            "cfg.either={.raw={1,1,1,1}}", "cfg.limits[0]={.y=9}",
        ] {
            try object.set(text)
        }
        #expect(
            try value("cfg", object)
                == "{.level = 4, .narrow = 7, .broad = 4095, .sign = -8, {.nested = 1}, "
                + ".limits = {{.x = 0, .y = 9}, {.x = 3, .y = -4}, {.x = 0, .y = 0}, {.x = -5, .y = 0}}, "
                + ".either = {.word = 16843009, .raw = {1, 1, 1, 1}}}")
    }

    private func fault(_ assignment: String) throws -> GlobalFault {
        var object = try object()
        let before = object.maps
        let error = #expect(throws: ObjectError.self, "\(assignment)") { try object.set(assignment) }
        #expect(object.maps == before)
        #expect(error?.diagnostic.stage == .arguments && error?.diagnostic.code.rawValue.hasPrefix("global-") == true)
        #expect(error?.description.isEmpty == false && error?.diagnostic.nextStep != nil)
        guard case .global(let fault)? = error?.reason else { throw ObjectTestFailure("\(assignment)") }
        return fault
    }

    @Test func `what does not fit is refused with what would`() throws {
        #expect(
            try fault("pid_limit=2147483648")
                == .range("2147483648", type: "int", least: "-2147483648", most: "2147483647"))
        #expect(try fault("cfg.narrow=8") == .range("8", type: "unsigned int : 3", least: "0", most: "7"))
        #expect(
            try fault("color=PURPLE") == .enumerator("PURPLE", type: "enum color", names: ["RED", "GREEN", "BLUE"]))
        #expect(try fault("color=GREE") == .enumerator("GREE", type: "enum color", names: ["GREEN"]))
        #expect(try fault("comm=nine_byte") == .tooLong(9, room: 8))
        #expect(try fault("pointer=1") == .pointer)
        #expect(try fault("pid_limit=") == .value("", type: "int"))
        // The name says no unit, and the time is longer than any number.
        #expect(try fault("pid_limit=1ms") == .value("1ms", type: "int"))
        guard case .value("99999999999999999h", type: _) = try fault("min_duration_ns=99999999999999999h") else {
            Issue.record("a time that is longer than any number is none")
            return
        }
        #expect(try fault("pid_limit=1x") == .value("1x", type: "int"))
        #expect(try fault("verbose=2") == .value("2", type: "bool"))
        #expect(try fault("table={1,2}") == .value("1", type: "int [3]"))
        #expect(try fault("table={{1},{2},{3}}") == .tooMany(2, type: "int [2][3]"))
        #expect(try fault("table[2]={1}") == .index("2", count: 2))
        #expect(try fault("cfg.levle=1") == .unknownMember("levle", near: ["level"]))
        #expect(try fault("pid_limit.x=1") == .notComposite("int"))
        #expect(try fault("nonsense") == .form("nonsense"))
        guard case .unknown(near: ["pid_limit"], all: let all) = try fault("pid_limt=1") else {
            throw ObjectTestFailure("no near name")
        }
        #expect(all.contains("calls"))
        let deep = String(repeating: "{", count: 500) + String(repeating: "}", count: 500)
        _ = try fault("table=\(deep)")
    }

    @Test func `without BTF the user is told to compile with -g`() throws {
        var object = try object(arguments: [])
        let error = #expect(throws: ObjectError.self) { try object.set("pid_limit=1") }
        #expect(error?.reason == .global(.noTypes) && error?.diagnostic.nextStep?.contains("-g") == true)
    }

    @Test func `values are JSON too`() throws {
        let object = try object()
        let index = try #require(object.maps.firstIndex { $0.name == ".rodata" })
        let line = object.globalsJSON(ofMap: index, object.maps[index].content?.bytes ?? []).line
        #expect(line.contains("\"pid_limit\":-3") && line.contains("\"color\":\"GREEN\""))
        #expect(object.globalsText(ofMap: index, []).allSatisfy { $0.contains("/*") || $0.contains("{") })
    }
}
