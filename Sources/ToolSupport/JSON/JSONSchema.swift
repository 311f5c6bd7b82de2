// SPDX-License-Identifier: Apache-2.0

/// The JSON that the tools write, as a JSON Schema (draft 2020-12), which `--json-schema` prints.
///
/// Members may be added in later versions, so that readers must pass over those that they do not know; the tests hold each
/// line that a tool writes to exactly these.
package enum JSONSchema {
    /// The schema, without a newline at its end.
    package static let text = [head, loader, answers, records, stream].joined(separator: "\n")

    /// What a line is, and messages.
    private static let head = #"""
        {
          "$schema": "https://json-schema.org/draft/2020-12/schema",
          "title": "A line of JSON of load-kp-bpf, bpf-eventd or print-event",
          "description": "A message has the members tool and event; every other line of stdout is data: an event, a loss, an element of a map, global variables, figures or text. Members may be added in later versions.",
          "if": {
            "required": ["tool", "event"],
            "properties": {"tool": {"enum": ["load-kp-bpf", "bpf-eventd", "print-event"]}}
          },
          "then": {"$ref": "#/$defs/message"},
          "else": {"$ref": "#/$defs/data"},
          "$defs": {
            "message": {
              "anyOf": [
                {"$ref": "#/$defs/diagnostic"}, {"$ref": "#/$defs/loaded"}, {"$ref": "#/$defs/globals"},
                {"$ref": "#/$defs/programStatistics"}, {"$ref": "#/$defs/programs"}, {"$ref": "#/$defs/stopped"},
                {"$ref": "#/$defs/explanation"}, {"$ref": "#/$defs/tracepoint"}, {"$ref": "#/$defs/output"},
                {"$ref": "#/$defs/draining"}, {"$ref": "#/$defs/terminate"}, {"$ref": "#/$defs/lost"},
                {"$ref": "#/$defs/lostTotal"}, {"$ref": "#/$defs/streamStatistics"}, {"$ref": "#/$defs/dumped"},
                {"$ref": "#/$defs/reopened"}, {"$ref": "#/$defs/cpus"}, {"$ref": "#/$defs/mapExists"},
                {"$ref": "#/$defs/check"}, {"$ref": "#/$defs/doctor"}, {"$ref": "#/$defs/examinedTarget"},
                {"$ref": "#/$defs/function"}, {"$ref": "#/$defs/traceEvent"}, {"$ref": "#/$defs/hook"},
                {"$ref": "#/$defs/readyTool"}, {"$ref": "#/$defs/readyTools"},
                {"$ref": "#/$defs/mergedHost"}
              ]
            },
            "tool": {"enum": ["load-kp-bpf", "bpf-eventd", "print-event"]},
            "count": {"type": "integer", "minimum": 0},
            "diagnostic": {
              "title": "An error, a warning or a note; docs/diagnostics.md and load-kp-bpf --why have the codes",
              "type": "object",
              "required": ["event", "code", "stage", "message"],
              "properties": {
                "tool": {"$ref": "#/$defs/tool"},
                "event": {"enum": ["error", "warning", "note"]},
                "code": {"type": "string", "description": "stays the same in all versions"},
                "stage": {
                  "enum": ["arguments", "object", "map", "program", "resolve", "attach", "ring", "stream", "run", "cleanup"]
                },
                "message": {"type": "string"},
                "object": {"type": "string"},
                "section": {"type": "string"},
                "program": {"type": "string"},
                "map": {"type": "string"},
                "cause": {"type": "string"},
                "next": {"type": "string", "description": "what the user can do"},
                "write": {"type": "string", "description": "what to write in the source"},
                "kernel": {
                  "type": "array", "items": {"type": "string"}, "description": "the words of the kernel, line by line"
                },
                "instruction": {"$ref": "#/$defs/count"},
                "source": {"$ref": "#/$defs/place"},
                "labels": {"type": "array", "items": {"$ref": "#/$defs/label"}},
                "path": {
                  "type": "array", "items": {"$ref": "#/$defs/place"}, "description": "the lines that lead to the place"
                },
                "actions": {"type": "array", "items": {"$ref": "#/$defs/action"}},
                "details": {"type": "array", "items": {"type": "string"}},
                "exit": {"type": "integer", "description": "the exit code that an error leads to"}
              }
            },
            "place": {
              "type": "object",
              "required": ["file", "line", "column", "text"],
              "properties": {
                "file": {"type": "string"},
                "line": {"$ref": "#/$defs/count"},
                "column": {"type": "integer", "minimum": 0, "description": "from 1 on; 0 is not known"},
                "text": {"type": "string"}
              }
            },
            "label": {
              "type": "object",
              "required": ["role", "file", "line", "column", "text"],
              "properties": {
                "role": {"enum": ["primary", "secondary"]},
                "file": {"type": "string"},
                "line": {"$ref": "#/$defs/count"},
                "column": {"$ref": "#/$defs/count"},
                "end": {"type": "integer", "minimum": 0, "description": "the column behind its last one"},
                "text": {"type": "string"},
                "message": {"type": "string"},
                "function": {"type": "string"}
              }
            },
            "action": {
              "title": "What to do, for programs",
              "type": "object",
              "required": ["do"],
              "properties": {
                "do": {
                  "enum": [
                    "set", "raise-limit", "set-kernel-parameter", "gain-capabilities", "choose-name", "choose-function",
                    "attach-as", "compile", "use-kernel", "load-module", "mount", "remove", "end"
                  ]
                },
                "setting": {"type": "string"},
                "name": {"type": "string"},
                "value": {"type": "string"},
                "limit": {"type": "string"},
                "names": {"type": "array", "items": {"type": "string"}},
                "example": {"type": "string"},
                "kind": {"type": "string"},
                "arguments": {"type": "string"},
                "options": {"type": "array", "items": {"type": "string"}},
                "type": {"type": "string"},
                "path": {"type": "string"},
                "pid": {"$ref": "#/$defs/count"}
              }
            },
        """#
}
