// SPDX-License-Identifier: Apache-2.0

extension JSONSchema {
    /// Records with their identity: version 1 of the schema that `docs/fleet.md` describes.
    static let records = #"""
            "record": {
              "title": "A record of print-event --context full: members of the type first, then these, all of them always",
              "type": "object",
              "required": [
                "_record", "_time", "_cpu", "_pid", "_tid", "_map", "_type", "_host", "_machine", "_boot", "_capture",
                "_block", "_index"
              ],
              "properties": {
                "_record": {"enum": ["event", "loss", "gap", "element", "snapshot", "text", "capture", "clock", "end"]},
                "_time": {"type": ["string", "null"], "description": "UTC, RFC 3339 with nanoseconds"},
                "_cpu": {"type": ["integer", "null"], "minimum": 0},
                "_pid": {"type": ["integer", "null"], "minimum": 0},
                "_tid": {"type": ["integer", "null"], "minimum": 0},
                "_map": {"type": ["string", "null"]},
                "_type": {"type": ["string", "null"]},
                "_host": {"type": ["string", "null"]},
                "_machine": {"type": ["string", "null"], "description": "hashed machine id, 32 hexadecimal digits"},
                "_boot": {"type": ["string", "null"]},
                "_capture": {"type": "string", "description": "when the capture began, 16 hexadecimal digits"},
                "_block": {"$ref": "#/$defs/count"},
                "_index": {"$ref": "#/$defs/count"},
                "_cut": {"type": "boolean"},
                "_rest": {"type": "string"},
                "_lost": {"type": ["integer", "null"]},
                "_cause": {"enum": ["ring-full", "no-reader", "too-large", "damaged-ring", "unknown"]},
                "_missing_blocks": {"type": "integer", "minimum": 1},
                "_schema": {"const": 1},
                "_began": {"type": "string"},
                "_kernel": {"type": "string"},
                "_writer": {"type": "string"},
                "_clock_offset": {"type": "integer", "description": "ns; a time of the capture and it are a time since 1970"},
                "_clock_error": {"type": ["integer", "null"], "description": "ns; null where the clock is not synchronised"},
                "_events": {"$ref": "#/$defs/count"},
                "_snapshot": {"type": "integer", "minimum": 1},
                "_elements": {"$ref": "#/$defs/count"},
                "_extent": {"enum": ["whole", "limited", "unsteady", "failed", "torn"]},
                "_hist": {"type": "object", "additionalProperties": true},
                "_text": {"type": "string"},
                "_from": {"type": "string"}
              },
              "additionalProperties": true,
              "anyOf": [
                {"properties": {"_record": {"const": "event"}}, "additionalProperties": true},
                {"required": ["_snapshot"], "properties": {"_record": {"const": "element"}}, "additionalProperties": true},
                {
                  "required": ["_snapshot", "_elements", "_extent"], "properties": {"_record": {"const": "snapshot"}},
                  "additionalProperties": true
                },
                {"required": ["_text", "_from"], "properties": {"_record": {"const": "text"}}, "additionalProperties": true},
                {"required": ["_lost", "_cause"], "properties": {"_record": {"const": "loss"}}, "additionalProperties": true},
                {
                  "required": ["_missing_blocks"], "properties": {"_record": {"const": "gap"}},
                  "additionalProperties": true
                },
                {
                  "required": ["_schema", "_began", "_kernel", "_writer", "_clock_offset", "_clock_error"],
                  "properties": {"_record": {"const": "capture"}},
                  "additionalProperties": true
                },
                {
                  "required": ["_clock_offset", "_clock_error"], "properties": {"_record": {"const": "clock"}},
                  "additionalProperties": true
                },
                {"required": ["_events", "_lost"], "properties": {"_record": {"const": "end"}}, "additionalProperties": true}
              ]
            },
        """#
}
