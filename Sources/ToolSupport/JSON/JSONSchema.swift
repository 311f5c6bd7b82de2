// SPDX-License-Identifier: Apache-2.0

/// The JSON that the tools write, as a JSON Schema (draft 2020-12), which `--json-schema` prints.
///
/// Members may be added in later versions, so that readers must pass over those that they do not know; the tests hold each
/// line that a tool writes to exactly these.
package enum JSONSchema {
    /// The schema, without a newline at its end.
    package static let text = #"""
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
                {"$ref": "#/$defs/readyTool"}, {"$ref": "#/$defs/readyTools"}
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
            "check": {
              "title": "Whether an object would load: --check; of several kernels check-matrix",
              "type": "object",
              "required": ["tool", "event", "object"],
              "properties": {
                "tool": {"const": "load-kp-bpf"},
                "event": {"enum": ["check", "check-matrix"]},
                "object": {"type": "string"},
                "kernels": {"type": "array", "items": {"$ref": "#/$defs/checkedKernel"}},
                "kernel": {"type": "string"},
                "sources": {"type": "array", "items": {"type": "string"}},
                "answer": {"$ref": "#/$defs/answer"},
                "reasons": {"type": "array", "items": {"$ref": "#/$defs/diagnostic"}},
                "not_known": {"type": "array", "items": {"type": "string"}},
                "programs": {"type": "array", "items": {"$ref": "#/$defs/checkedProgram"}},
                "maps": {"type": "array", "items": {"$ref": "#/$defs/checkedMap"}},
                "variables": {"type": "array", "items": {"$ref": "#/$defs/checkedVariable"}},
                "asks": {"type": "array", "items": {"$ref": "#/$defs/checkedAsk"}},
                "relocations": {"type": "array", "items": {"$ref": "#/$defs/checkedRelocation"}},
                "relocations_left_out": {"$ref": "#/$defs/count"}
              }
            },
            "answer": {"type": "string", "description": "loads, does-not-load or not-known"},
            "checkedKernel": {
              "type": "object",
              "required": ["kernel", "sources", "answer", "programs", "maps"],
              "properties": {
                "kernel": {"type": "string"},
                "sources": {"type": "array", "items": {"type": "string"}},
                "answer": {"$ref": "#/$defs/answer"},
                "reasons": {"type": "array", "items": {"$ref": "#/$defs/diagnostic"}},
                "not_known": {"type": "array", "items": {"type": "string"}},
                "programs": {"type": "array", "items": {"$ref": "#/$defs/checkedProgram"}},
                "maps": {"type": "array", "items": {"$ref": "#/$defs/checkedMap"}},
                "variables": {"type": "array", "items": {"$ref": "#/$defs/checkedVariable"}},
                "asks": {"type": "array", "items": {"$ref": "#/$defs/checkedAsk"}},
                "relocations": {"type": "array", "items": {"$ref": "#/$defs/checkedRelocation"}},
                "relocations_left_out": {"$ref": "#/$defs/count"}
              }
            },
            "checkedProgram": {
              "type": "object",
              "required": ["name", "section", "type", "answer"],
              "properties": {
                "name": {"type": "string"},
                "section": {"type": "string"},
                "type": {"type": "string"},
                "attach_type": {"type": ["string", "null"]},
                "optional": {"type": "boolean"},
                "left_for": {"type": ["string", "null"]},
                "in_place_of": {"type": "array", "items": {"type": "string"}},
                "targets": {
                  "type": "array",
                  "items": {
                    "type": "object",
                    "required": ["target", "there", "words"],
                    "properties": {
                      "target": {"type": "string"}, "there": {"type": ["boolean", "null"]}, "words": {"type": "string"}
                    }
                  }
                },
                "instructions": {"type": ["integer", "null"]},
                "maps": {"type": "array", "items": {"type": "string"}},
                "answer": {"$ref": "#/$defs/answer"},
                "reasons": {"type": "array", "items": {"$ref": "#/$defs/diagnostic"}},
                "not_known": {"type": "array", "items": {"type": "string"}}
              }
            },
            "checkedMap": {
              "type": "object",
              "required": ["name", "layout", "type", "there"],
              "properties": {
                "name": {"type": "string"},
                "layout": {"type": "string"},
                "type": {"type": "string"},
                "since": {"type": ["string", "null"]},
                "there": {"type": ["boolean", "null"]},
                "key_size": {"$ref": "#/$defs/count"},
                "value_size": {"$ref": "#/$defs/count"},
                "max_entries": {"$ref": "#/$defs/count"},
                "flags": {"$ref": "#/$defs/count"},
                "made": {"type": "boolean"},
                "pin": {"type": ["string", "null"]},
                "pin_state": {"type": ["string", "null"]},
                "modern_form": {"type": ["string", "null"], "description": "the definition in .maps, of a legacy one"}
              }
            },
            "checkedVariable": {
              "type": "object",
              "required": ["name", "type", "value", "section"],
              "properties": {
                "name": {"type": "string"}, "type": {"type": "string"}, "value": {"type": "string"},
                "section": {"type": "string"}
              }
            },
            "checkedAsk": {
              "title": "A helper, a kernel function or another thing that a kernel has or lacks",
              "type": "object",
              "required": ["kind", "name", "since", "there", "programs"],
              "properties": {
                "kind": {"type": "string"},
                "name": {"type": "string"},
                "since": {"type": ["string", "null"], "description": "the first kernel that has it"},
                "there": {"type": ["boolean", "null"]},
                "optional": {"type": "boolean"},
                "programs": {"type": "array", "items": {"type": "string"}}
              }
            },
            "checkedRelocation": {
              "title": "A CO-RE relocation, before and after",
              "type": "object",
              "required": ["access", "fact", "object", "kernel"],
              "properties": {
                "access": {"type": "string"},
                "fact": {"type": "string"},
                "object": {"type": "integer"},
                "kernel": {"type": ["integer", "null"]},
                "found": {"type": ["string", "null"]},
                "failure": {"type": ["string", "null"]},
                "function": {"type": "string"},
                "file": {"type": ["string", "null"]},
                "line": {"type": ["integer", "null"]},
                "count": {"$ref": "#/$defs/count"}
              }
            },
            "doctor": {
              "title": "What this machine allows: --doctor",
              "type": "object",
              "required": ["tool", "event", "works", "obstacle", "ways", "findings", "exit"],
              "properties": {
                "tool": {"const": "load-kp-bpf"},
                "event": {"const": "doctor"},
                "works": {"type": "boolean", "description": "whether programs on kprobes work for this user"},
                "obstacle": {"anyOf": [{"type": "null"}, {"$ref": "#/$defs/diagnostic"}]},
                "release": {"type": "string"},
                "architecture": {"type": "string"},
                "container": {"type": ["string", "null"]},
                "permissions": {
                  "type": "object",
                  "required": ["uid", "capabilities"],
                  "properties": {
                    "uid": {"$ref": "#/$defs/count"},
                    "capabilities": {"type": "array", "items": {"type": "string"}},
                    "bounding": {"type": "array", "items": {"type": "string"}},
                    "user_namespace": {"type": "boolean"},
                    "seccomp_filter": {"type": "boolean"},
                    "lockdown": {"type": "string"},
                    "security_modules": {"type": "array", "items": {"type": "string"}}
                  }
                },
                "files": {
                  "type": "object",
                  "properties": {
                    "types": {"type": "string"},
                    "module_types": {"$ref": "#/$defs/count"},
                    "tracefs": {"type": "string"},
                    "bpffs": {"type": ["string", "null"]},
                    "tokens": {"type": ["string", "null"]},
                    "blacklist": {"type": "string"},
                    "configuration": {"type": ["string", "null"]},
                    "missing_options": {"type": "array", "items": {"type": "string"}},
                    "addresses": {"type": "string"},
                    "clock": {"type": ["string", "null"]}
                  }
                },
                "settings": {"type": "object", "additionalProperties": true},
                "ways": {"type": "array", "items": {"$ref": "#/$defs/way"}},
                "findings": {"type": "array", "items": {"$ref": "#/$defs/diagnostic"}},
                "exit": {"type": "integer"}
              }
            },
            "way": {
              "title": "A way to attach",
              "type": "object",
              "required": ["way", "state"],
              "properties": {
                "way": {"type": "string"}, "state": {"type": "string"}, "reason": {"type": "string"},
                "next": {"type": "string"}
              }
            },
            "examinedTarget": {
              "title": "--doctor TARGET, of one that is no function of the kernel",
              "type": "object",
              "required": ["tool", "event", "target", "places"],
              "properties": {
                "tool": {"const": "load-kp-bpf"}, "event": {"const": "target"}, "target": {"type": "string"},
                "places": {"$ref": "#/$defs/count"}
              }
            },
            "function": {
              "title": "A function of the kernel: --doctor FUNCTION has its ways, --list PATTERN whether kprobe and fentry take it",
              "type": "object",
              "required": ["tool", "event", "name", "module", "declaration"],
              "properties": {
                "tool": {"const": "load-kp-bpf"},
                "event": {"const": "function"},
                "name": {"type": "string"},
                "module": {"type": ["string", "null"]},
                "declaration": {"type": ["string", "null"]},
                "address": {"type": ["integer", "null"]},
                "ways": {"type": "array", "items": {"$ref": "#/$defs/way"}},
                "copies": {"$ref": "#/$defs/count"},
                "kprobe": {"type": "string"},
                "fentry": {"type": "string"}
              }
            },
            "traceEvent": {
              "title": "--list tracepoint:PATTERN",
              "type": "object",
              "required": ["tool", "event", "category", "name", "declaration", "fields"],
              "properties": {
                "tool": {"const": "load-kp-bpf"},
                "event": {"const": "trace-event"},
                "category": {"type": ["string", "null"]},
                "name": {"type": "string"},
                "declaration": {"type": ["string", "null"]},
                "fields": {
                  "type": ["array", "null"],
                  "items": {
                    "type": "object",
                    "required": ["declaration", "offset", "size", "signed"],
                    "properties": {
                      "declaration": {"type": "string"},
                      "offset": {"$ref": "#/$defs/count"},
                      "size": {"$ref": "#/$defs/count"},
                      "signed": {"type": "boolean"}
                    }
                  }
                }
              }
            },
            "hook": {
              "title": "--list lsm:PATTERN, iter:PATTERN, struct_ops:PATTERN",
              "type": "object",
              "required": ["tool", "event", "name", "declaration"],
              "properties": {
                "tool": {"const": "load-kp-bpf"},
                "event": {"enum": ["lsm", "iter", "struct_ops"]},
                "name": {"type": "string"},
                "declaration": {"type": "string"},
                "members": {"type": "array", "items": {"type": "string"}}
              }
            },
            "readyTool": {
              "title": "What a ready tool says of itself: NAME --help",
              "type": "object",
              "required": ["name", "about", "argument", "shown_with", "settings"],
              "properties": {
                "tool": {"const": "load-kp-bpf"},
                "event": {"const": "tool"},
                "name": {"type": "string"},
                "about": {"type": "string"},
                "argument": {"type": ["string", "null"]},
                "shown_with": {"type": "array", "items": {"type": "string"}},
                "settings": {
                  "type": "array",
                  "items": {
                    "type": "object",
                    "required": ["name", "type", "value", "help"],
                    "properties": {
                      "name": {"type": "string"}, "type": {"type": "string"},
                      "value": {"type": ["string", "null"]}, "help": {"type": "string"}
                    }
                  }
                }
              }
            },
            "readyTools": {
              "title": "--list tools",
              "type": "object",
              "required": ["tool", "event", "directory", "tools"],
              "properties": {
                "tool": {"const": "load-kp-bpf"},
                "event": {"const": "tools"},
                "directory": {"type": "string"},
                "tools": {"type": "array", "items": {"$ref": "#/$defs/readyTool"}}
              }
            },
            "output": {
              "title": "The plan, the verifier's log, and text beside events",
              "type": "object",
              "required": ["tool", "event", "text"],
              "properties": {
                "tool": {"$ref": "#/$defs/tool"},
                "event": {"enum": ["plan", "verifier-log", "text"]},
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
                "cause": {"$ref": "#/$defs/count"}
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
              "title": "An event, a loss, an element of a map, global variables or text: members of the type first, then these",
              "type": "object",
              "properties": {
                "_time": {"type": "string", "description": "UTC, RFC 3339 with nanoseconds"},
                "_cpu": {"$ref": "#/$defs/count"},
                "_pid": {"$ref": "#/$defs/count"},
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
