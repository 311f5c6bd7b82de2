// SPDX-License-Identifier: Apache-2.0

extension JSONSchema {
    /// What the daemon tells, and data.
    static let stream = #"""
            "output": {
              "title": "The plan, the verifier's log, text beside events, structures in Swift, and the C around a probe",
              "type": "object",
              "required": ["tool", "event", "text"],
              "properties": {
                "tool": {"$ref": "#/$defs/tool"},
                "event": {"enum": ["plan", "verifier-log", "text", "kernel-types", "shell"]},
                "text": {"type": "string"}
              }
            },
            "draining": {
              "title": "bpf-eventd runs; members of several maps are in maps",
              "type": "object",
              "required": ["tool", "event"],
              "properties": {
                "tool": {"const": "bpf-eventd"},
                "event": {"const": "running"},
                "map": {"type": "string"},
                "created": {"type": "boolean"},
                "type": {"type": "string"},
                "bytes": {"$ref": "#/$defs/count"},
                "pages_per_cpu": {"$ref": "#/$defs/count"},
                "cpus": {"type": "array", "items": {"$ref": "#/$defs/count"}},
                "events": {"type": "array", "items": {"$ref": "#/$defs/eventType"}},
                "elements": {"$ref": "#/$defs/eventType"},
                "maps": {"type": "array", "items": {"$ref": "#/$defs/drainedMap"}}
              }
            },
            "drainedMap": {
              "type": "object",
              "required": ["map", "created"],
              "properties": {
                "map": {"type": "string"},
                "created": {"type": "boolean"},
                "type": {"type": "string"},
                "bytes": {"$ref": "#/$defs/count"},
                "pages_per_cpu": {"$ref": "#/$defs/count"},
                "cpus": {"type": "array", "items": {"$ref": "#/$defs/count"}},
                "events": {"type": "array", "items": {"$ref": "#/$defs/eventType"}},
                "elements": {"$ref": "#/$defs/eventType"}
              }
            },
            "terminate": {
              "title": "The tool ends",
              "type": "object",
              "required": ["tool", "event"],
              "properties": {"tool": {"$ref": "#/$defs/tool"}, "event": {"const": "terminate"}}
            },
            "lost": {
              "title": "Events that were lost; print-event tells those of a capture, with their times",
              "type": "object",
              "required": ["tool", "event"],
              "properties": {
                "tool": {"$ref": "#/$defs/tool"},
                "event": {"const": "lost"},
                "cpu": {"$ref": "#/$defs/count"},
                "events": {"type": "integer", "minimum": 0, "description": "missing where nobody knows"},
                "source": {"$ref": "#/$defs/count"},
                "from": {"$ref": "#/$defs/count"},
                "to": {"$ref": "#/$defs/count"},
                "host": {"type": "string", "description": "with --merge"},
                "cause": {"$ref": "#/$defs/count"}
              }
            },
            "mergedHost": {
              "title": "What print-event --merge has read of a host",
              "type": "object",
              "required": [
                "tool", "event", "host", "captures", "events", "lost", "missing_blocks", "repeated_blocks",
                "without_end", "clock_error"
              ],
              "properties": {
                "tool": {"const": "print-event"},
                "event": {"const": "host"},
                "host": {"type": "string"},
                "captures": {"$ref": "#/$defs/count"},
                "events": {"$ref": "#/$defs/count"},
                "lost": {"type": ["integer", "null"], "description": "null where nobody knows all"},
                "missing_blocks": {"type": ["integer", "null"], "description": "of its captures, in no file; null where not all was read"},
                "repeated_blocks": {"type": "integer", "minimum": 0, "description": "left out: another file had them"},
                "without_end": {"type": "integer", "minimum": 0, "description": "captures that are not complete"},
                "clock_error": {"type": ["integer", "null"], "description": "ns; null where it is not synchronised"}
              }
            },
            "lostTotal": {
              "type": "object",
              "required": ["tool", "event", "events", "cpus"],
              "properties": {
                "tool": {"$ref": "#/$defs/tool"},
                "event": {"const": "lost-total"},
                "events": {"$ref": "#/$defs/count"},
                "cpus": {
                  "type": "array",
                  "items": {
                    "type": "object",
                    "required": ["cpu", "events"],
                    "properties": {"cpu": {"$ref": "#/$defs/count"}, "events": {"$ref": "#/$defs/count"}}
                  }
                }
              }
            },
            "streamStatistics": {
              "title": "What went through: --stats of bpf-eventd and of what load-kp-bpf shows or captures",
              "type": "object",
              "required": ["tool", "event", "events", "bytes", "lost", "writes", "wakeups"],
              "properties": {
                "tool": {"$ref": "#/$defs/tool"},
                "event": {"const": "statistics"},
                "events": {"$ref": "#/$defs/count"},
                "bytes": {"$ref": "#/$defs/count"},
                "lost": {"type": ["integer", "null"]},
                "writes": {"$ref": "#/$defs/count"},
                "wakeups": {"$ref": "#/$defs/count"},
                "fullest": {"$ref": "#/$defs/count"},
                "size": {"$ref": "#/$defs/count"},
                "snapshots": {"$ref": "#/$defs/count"},
                "elements": {"$ref": "#/$defs/count"}
              }
            },
            "dumped": {
              "title": "A dump of the flight recorder",
              "type": "object",
              "required": ["tool", "event", "path", "events", "reason"],
              "properties": {
                "tool": {"$ref": "#/$defs/tool"},
                "event": {"const": "dumped"},
                "path": {"type": "string"},
                "events": {"$ref": "#/$defs/count"},
                "reason": {"type": "string"}
              }
            },
            "reopened": {
              "type": "object",
              "required": ["tool", "event", "path", "new"],
              "properties": {
                "tool": {"$ref": "#/$defs/tool"},
                "event": {"const": "reopened"},
                "path": {"type": "string"},
                "new": {"type": "boolean", "description": "whether it is another file"}
              }
            },
            "cpus": {
              "type": "object",
              "required": ["tool", "event", "possible"],
              "properties": {
                "tool": {"const": "bpf-eventd"}, "event": {"const": "cpus"}, "possible": {"$ref": "#/$defs/count"}
              }
            },
            "mapExists": {
              "type": "object",
              "required": ["tool", "event", "path"],
              "properties": {
                "tool": {"const": "bpf-eventd"}, "event": {"const": "map-exists"}, "path": {"type": "string"}
              }
            },
            "data": {
              "if": {"required": ["_record"]},
              "then": {"$ref": "#/$defs/record"},
              "else": {"$ref": "#/$defs/plainData"}
            },
            "plainData": {
              "title": "An event, a loss, an element of a map, global variables or text: members of the type first, then these",
              "type": "object",
              "properties": {
                "_time": {"type": "string", "description": "UTC, RFC 3339 with nanoseconds"},
                "_cpu": {"$ref": "#/$defs/count"},
                "_pid": {"$ref": "#/$defs/count"},
                "_host": {"type": "string", "description": "with --merge"},
                "_tid": {"$ref": "#/$defs/count"},
                "_map": {"type": "string"},
                "_type": {"type": "string"},
                "_text": {"type": "string", "description": "a line of bpf_printk or of an iterator"},
                "_from": {"type": "string", "description": "what wrote the text"},
                "_cut": {"type": "boolean"},
                "_rest": {"type": "string", "description": "bytes behind the type, in hexadecimal"},
                "_lost": {"type": ["integer", "null"], "description": "no event but a loss, of so many; null where nobody knows"},
                "_lost_at_least": {"type": "integer", "minimum": 0, "description": "those that are known, where _lost is null"},
                "_cause": {"type": "string"},
                "_snapshot": {"type": "integer", "minimum": 1, "description": "the number of the snapshot of a map"},
                "_elements": {"$ref": "#/$defs/count"},
                "_extent": {"enum": ["whole", "limited", "unsteady", "failed", "torn"]},
                "_hist": {"type": "object", "additionalProperties": true}
              },
              "additionalProperties": true
            },
            "account": {
              "title": "The file of bpf-eventd --stats-file: one object",
              "type": "object",
              "required": ["version", "started_ms", "events", "bytes", "lost", "writes", "wakeups", "maps"],
              "properties": {
                "version": {"const": 1},
                "started_ms": {"$ref": "#/$defs/count"},
                "events": {"$ref": "#/$defs/count"},
                "bytes": {"$ref": "#/$defs/count"},
                "lost": {"type": ["integer", "null"]},
                "writes": {"$ref": "#/$defs/count"},
                "wakeups": {"$ref": "#/$defs/count"},
                "maps": {
                  "type": "array",
                  "items": {
                    "type": "object",
                    "required": ["id", "name", "pin", "type", "gaps", "rings"],
                    "properties": {
                      "id": {"$ref": "#/$defs/count"},
                      "name": {"type": "string"},
                      "pin": {"type": "string"},
                      "type": {"type": "string"},
                      "gaps": {"$ref": "#/$defs/count"},
                      "lost_before": {"$ref": "#/$defs/count"},
                      "rings": {
                        "type": "array",
                        "items": {
                          "type": "object",
                          "required": ["cpu", "events", "lost", "corrupt", "ring_bytes", "high_water_bytes"],
                          "properties": {
                            "cpu": {"type": ["integer", "null"]},
                            "events": {"$ref": "#/$defs/count"},
                            "lost": {"type": ["integer", "null"]},
                            "corrupt": {"$ref": "#/$defs/count"},
                            "ring_bytes": {"$ref": "#/$defs/count"},
                            "high_water_bytes": {"$ref": "#/$defs/count"}
                          }
                        }
                      },
                      "snapshots": {
                        "type": "object",
                        "required": ["taken", "failed", "skipped", "elements", "all_elements"],
                        "properties": {
                          "taken": {"$ref": "#/$defs/count"},
                          "failed": {"$ref": "#/$defs/count"},
                          "skipped": {"$ref": "#/$defs/count"},
                          "elements": {"$ref": "#/$defs/count"},
                          "all_elements": {"$ref": "#/$defs/count"}
                        }
                      }
                    }
                  }
                }
              }
            }
          }
        }
        """#
}
