// SPDX-License-Identifier: Apache-2.0

extension JSONSchema {
    /// What load-kp-bpf answers to --check, --doctor and --list.
    static let answers = #"""
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
        """#
}
