// SPDX-License-Identifier: Apache-2.0

extension JSONSchema {
    /// What load-kp-bpf tells of what it loads, attaches and stops.
    static let loader = #"""
            "loaded": {
              "title": "An object whose programs run, stay attached behind pins, or were only loaded",
              "type": "object",
              "required": ["tool", "event", "object", "programs", "maps"],
              "properties": {
                "tool": {"const": "load-kp-bpf"},
                "event": {"enum": ["running", "attached", "loaded"]},
                "object": {"type": "string"},
                "program_id": {"$ref": "#/$defs/count"},
                "tag": {"type": "string"},
                "translated_bytes": {"$ref": "#/$defs/count"},
                "jited_bytes": {"$ref": "#/$defs/count"},
                "programs": {"type": "array", "items": {"$ref": "#/$defs/loadedProgram"}},
                "maps": {"type": "array", "items": {"$ref": "#/$defs/loadedMap"}},
                "function": {"type": "string"},
                "at_return": {"type": "boolean"},
                "functions": {"$ref": "#/$defs/count"},
                "function_names": {"type": "array", "items": {"type": "string"}},
                "file": {"type": "string"},
                "places": {"type": "array", "items": {"$ref": "#/$defs/userPlace"}},
                "target": {"type": "string"},
                "way": {"type": "string"},
                "attachments": {"type": "array", "items": {"$ref": "#/$defs/attachment"}},
                "pins": {"type": "array", "items": {"type": "string"}},
                "not_attached": {"type": "array", "items": {"$ref": "#/$defs/missingProgram"}},
                "not_loaded": {"type": "array", "items": {"$ref": "#/$defs/missingProgram"}}
              }
            },
            "loadedProgram": {
              "type": "object",
              "required": ["name", "section", "id", "tag"],
              "properties": {
                "name": {"type": "string"},
                "section": {"type": "string"},
                "id": {"$ref": "#/$defs/count"},
                "tag": {"type": "string"},
                "rewritten_loads": {
                  "type": "integer", "minimum": 0,
                  "description": "loads of arguments that were turned to the registers of the user"
                },
                "pin": {"type": ["string", "null"]},
                "translated_bytes": {"$ref": "#/$defs/count"},
                "jited_bytes": {"$ref": "#/$defs/count"}
              }
            },
            "loadedMap": {
              "type": "object",
              "required": ["name", "id", "pin", "reused", "events"],
              "properties": {
                "name": {"type": "string"},
                "id": {"$ref": "#/$defs/count"},
                "pin": {"type": ["string", "null"]},
                "reused": {"type": "boolean"},
                "events": {"type": "array", "items": {"$ref": "#/$defs/eventType"}}
              }
            },
            "eventType": {
              "title": "A type of the events of a map, or of its elements",
              "type": "object",
              "required": ["type", "size", "origin"],
              "properties": {
                "type": {"type": "string"},
                "size": {"type": ["integer", "null"]},
                "tag_field": {"type": ["string", "null"]},
                "tag_value": {"type": ["integer", "null"]},
                "origin": {"type": "string"}
              }
            },
            "userPlace": {
              "type": "object",
              "required": ["offset", "name"],
              "properties": {"offset": {"$ref": "#/$defs/count"}, "name": {"type": ["string", "null"]}}
            },
            "attachment": {
              "type": "object",
              "required": ["target", "way"],
              "properties": {
                "function": {"type": "string"},
                "at_return": {"type": "boolean"},
                "functions": {"$ref": "#/$defs/count"},
                "function_names": {"type": "array", "items": {"type": "string"}},
                "file": {"type": "string"},
                "places": {"type": "array", "items": {"$ref": "#/$defs/userPlace"}},
                "target": {"type": "string"},
                "way": {"type": "string"}
              }
            },
            "missingProgram": {
              "type": "object",
              "required": ["name", "section", "loaded", "reason"],
              "properties": {
                "name": {"type": "string"},
                "section": {"type": "string"},
                "loaded": {"type": "boolean"},
                "reason": {"type": "string"}
              }
            },
            "globals": {
              "title": "The global variables of a section: --dump-globals",
              "type": "object",
              "required": ["tool", "event", "map", "variables"],
              "properties": {
                "tool": {"const": "load-kp-bpf"},
                "event": {"const": "globals"},
                "map": {"type": "string"},
                "variables": {"type": "object", "additionalProperties": true}
              }
            },
            "programStatistics": {
              "title": "The runs of a program: load-kp-bpf --stats",
              "type": "object",
              "required": ["tool", "event", "program", "runs", "run_time_ns"],
              "properties": {
                "tool": {"const": "load-kp-bpf"},
                "event": {"const": "statistics"},
                "program": {"type": "string"},
                "runs": {"$ref": "#/$defs/count"},
                "run_time_ns": {"$ref": "#/$defs/count"},
                "missed_probes": {"type": ["integer", "null"]},
                "recursion_misses": {"$ref": "#/$defs/count"}
              }
            },
            "programs": {
              "title": "What is loaded: --list",
              "type": "object",
              "required": ["tool", "event", "programs"],
              "properties": {
                "tool": {"const": "load-kp-bpf"},
                "event": {"const": "programs"},
                "programs": {"type": "array", "items": {"$ref": "#/$defs/listedProgram"}}
              }
            },
            "listedProgram": {
              "type": "object",
              "required": ["name", "type", "id"],
              "properties": {
                "name": {"type": "string"},
                "type": {"type": "string"},
                "id": {"$ref": "#/$defs/count"},
                "uid": {"$ref": "#/$defs/count"},
                "tag": {"type": "string"},
                "runs": {"$ref": "#/$defs/count"},
                "run_time_ns": {"$ref": "#/$defs/count"},
                "recursion_misses": {"$ref": "#/$defs/count"},
                "attachments": {
                  "type": "array",
                  "items": {
                    "type": "object",
                    "required": ["kind", "target", "attach_type", "link_id"],
                    "properties": {
                      "kind": {"type": "string"},
                      "target": {"type": ["string", "null"]},
                      "attach_type": {"type": ["string", "null"]},
                      "link_id": {"type": ["integer", "null"]}
                    }
                  }
                },
                "maps": {
                  "type": "array",
                  "items": {
                    "type": "object",
                    "required": ["name", "type", "id"],
                    "properties": {
                      "name": {"type": "string"}, "type": {"type": "string"}, "id": {"$ref": "#/$defs/count"}
                    }
                  }
                },
                "pins": {"type": "array", "items": {"type": "string"}},
                "processes": {
                  "type": "array",
                  "items": {
                    "type": "object",
                    "required": ["pid", "name"],
                    "properties": {"pid": {"$ref": "#/$defs/count"}, "name": {"type": "string"}}
                  }
                }
              }
            },
            "stopped": {
              "title": "Links whose pins were removed: --stop",
              "type": "object",
              "required": ["tool", "event", "links"],
              "properties": {
                "tool": {"const": "load-kp-bpf"},
                "event": {"const": "stopped"},
                "links": {
                  "type": "array",
                  "items": {
                    "type": "object",
                    "required": ["pin", "link_id", "kind", "target", "still_attached"],
                    "properties": {
                      "pin": {"type": "string"},
                      "link_id": {"$ref": "#/$defs/count"},
                      "kind": {"type": "string"},
                      "target": {"type": ["string", "null"]},
                      "still_attached": {"type": "boolean"},
                      "program": {"$ref": "#/$defs/listedProgram"}
                    }
                  }
                }
              }
            },
            "explanation": {
              "title": "The page of a code: --why",
              "type": "object",
              "required": ["tool", "event", "code", "exit", "means", "next"],
              "properties": {
                "tool": {"const": "load-kp-bpf"},
                "event": {"const": "explanation"},
                "code": {"type": "string"},
                "exit": {"type": "integer"},
                "means": {"type": "string"},
                "next": {"type": "string"},
                "text": {"type": "string"},
                "example": {"type": "string"}
              }
            },
            "tracepoint": {
              "title": "A static tracepoint of a file: --list usdt:FILE",
              "type": "object",
              "required": ["tool", "event", "provider", "name", "places"],
              "properties": {
                "tool": {"const": "load-kp-bpf"},
                "event": {"const": "tracepoint"},
                "provider": {"type": "string"},
                "name": {"type": "string"},
                "places": {
                  "type": "array",
                  "items": {
                    "type": "object",
                    "required": ["offset", "address", "semaphore", "arguments"],
                    "properties": {
                      "offset": {"type": ["integer", "null"]},
                      "address": {"$ref": "#/$defs/count"},
                      "semaphore": {"type": ["integer", "null"]},
                      "arguments": {
                        "type": "array",
                        "items": {
                          "type": "object",
                          "required": ["size", "signed", "float", "place", "unreadable"],
                          "properties": {
                            "size": {"$ref": "#/$defs/count"},
                            "signed": {"type": "boolean"},
                            "float": {"type": "boolean"},
                            "place": {"type": "string"},
                            "unreadable": {"type": ["string", "null"]}
                          }
                        }
                      }
                    }
                  }
                }
              }
            },
        """#
}
