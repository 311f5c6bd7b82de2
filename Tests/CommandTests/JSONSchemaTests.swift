// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

/// The schema of the tools' JSON; each test that asks a tool for JSON holds its lines to it (``Tools``).
@Suite struct JSONSchemaTests {
    @Test(arguments: [
        ["load-kp-bpf", "--json-schema"], ["bpf-eventd", "--json-schema"],
        ["print-event", "--json-schema", "--nonsense"],
    ])
    func `each tool prints the same schema, whatever else its command line lacks`(line: [String]) throws {
        let outcome = try Tools.run(line[0], Array(line.dropFirst()))
        let first = try Tools.run("load-kp-bpf", ["--json-schema"])
        #expect(outcome.status == 0 && outcome.errors == "" && outcome.stdout == first.stdout)
        let schema = try #require(JSONSerialization.jsonObject(with: Data(outcome.stdout)) as? [String: Any])
        let definitions = try #require(schema["$defs"] as? [String: Any])
        // None is missing, and none is left over but that of the account, which is a file.
        let referred = Set(outcome.output.matches(of: /#\/\$defs\/(\w+)/).map { String($0.1) })
        #expect(Set(definitions.keys) == referred.union(["account"]))
    }

    @Test func `what the schema does not name, or names otherwise, is a fault`() throws {
        let schema = try Tools.schema.get()
        let good = #"{"tool":"bpf-eventd","event":"lost","cpu":1,"events":3}"#
        #expect(schema.faults(in: good) == [])
        for bad in [
            good.replacing("1,", with: "-1,"), good.replacing("\"cpu\"", with: "\"processor\""),
            good.replacing("3", with: "\"3\""), good.replacing("lost", with: "nothing"), good + "}",
            #"{"tool":"print-event","event":"error","stage":"arguments","message":"m"}"#,
            #"{"pid":1,"_cpu":"one"}"#,
        ] {
            #expect(schema.faults(in: bad).count == 1, "\(bad)")
        }
        #expect(schema.faults(in: #"{"pid":1,"event":"any","_cpu":1}"# + "\nno object\n") == [])
    }

    @Test func `errors of all tools are as the schema says`() throws {
        for tool in ["load-kp-bpf", "bpf-eventd", "print-event"] {
            let outcome = try Tools.run(tool, ["--json", "--no-such-option"])
            #expect(outcome.status == 64 && outcome.errors.hasPrefix("{\"tool\":\"\(tool)\""), "\(outcome)")
        }
    }
}
