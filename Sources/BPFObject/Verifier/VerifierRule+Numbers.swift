// SPDX-License-Identifier: Apache-2.0

internal import Diagnostics

/// Refusals of which a number in the kernel's words, or what is known of a register, says more than the kind.
extension VerifierRule {
    // MARK: - Sizes

    /// `R2 is not a known constant`, before 5.19 `R2 unbounded size, use 'var &= const'`.
    mutating func nameConstant(_ text: String, _ call: String?) {
        code = .verifierArgumentType
        let argument = Self.number(in: text, after: "R").flatMap { (1...5).contains($0) ? "argument \($0)" : nil }
        title = "\(argument ?? "an argument") of \(call.map { $0 + "()" } ?? "the call") must be a constant"
        cause = "the kernel must know it when it loads the program, and a variable is passed"
        remedy =
            call == "bpf_ringbuf_reserve"
            ? "reserve the largest size and send all of it, or call bpf_ringbuf_output(), or bpf_ringbuf_reserve_dynptr() (5.19), which take a variable size"
            : "pass a constant, or call it once for each value in the branches of a switch"
        correction = nil
        here = "\(argument ?? "an argument") is no constant"
        there = "the value comes from $call"
    }

    /// `R2 min value is negative` is said of any number that may be, also of one of which nothing is known at all.
    mutating func tellBound(of text: String, _ walk: VerifierWalk) {
        guard text.contains("min value is negative"), let register = Self.number(in: text, after: "R"),
            !Self.mayBeBounded(register: Int(register), walk),
            let plain = Self.bounds.first(where: { $0.code == .verifierSizeRange })
        else { return }
        (title, cause, remedy, correction) = (plain.title, plain.cause, plain.remedy, plain.correction)
        here = plain.here
    }

    /// Whether a number has a bound above, or may have one that the log does not tell.
    private static func mayBeBounded(register: Int, _ walk: VerifierWalk) -> Bool {
        var register = register
        for step in walk.steps.dropLast().suffix(mostSteps).reversed() {
            if let state = walk.registers[register] { return hasUpperBound(state) }
            switch step.effect {
            case .copy(let to, let from) where to == register: register = from
            // Behind a comparison the log would tell the state: nothing was compared since.
            case .load(let to, _) where to == register: return false
            default: if step.destination == register { return true }
            }
        }
        return walk.registers[register].map(hasUpperBound) ?? true
    }

    /// How far back a copy is looked for.
    private static let mostSteps = 64

    private static func hasUpperBound(_ state: VerifierRegister) -> Bool {
        let names = state.properties.keys
        guard names.contains(where: { $0.hasPrefix("smax") || $0.hasPrefix("s32_max") || $0.hasPrefix("umax") }) else {
            // A constant has the bounds of its value.
            return !["scalar", "inv", "P"].contains(state.kind)
        }
        return true
    }

    // MARK: - Maps, stack, license

    /// `cannot pass map_type 27 into func bpf_perf_event_output#25`.
    mutating func nameMapType(_ text: String) {
        guard let call = Self.call(inMapRefusal: text), let type = Self.mapType(in: text) else { return }
        title = "\(call)() is not for maps of type \(type)"
        cause = "each helper is for certain types of maps, and this one is not for \(type)"
        let own = Self.means(of: type, for: call)
        remedy = own?.remedy ?? "call a helper for maps of this type, as bpf-helpers(7) lists them"
        correction = own?.correction
    }

    /// The type of map that the kernel's words name.
    static func mapType(in text: String) -> MapType? {
        number(in: text, after: "map_type ").flatMap { UInt32(exactly: $0) }.map(MapType.init)
    }

    /// The helper that the kernel's words name.
    static func call(inMapRefusal text: String) -> String? {
        guard let mark = text.firstRange(of: "into func ") else { return nil }
        let name = text[mark.upperBound...].prefix { $0 != "#" && $0 != "\n" }
        return name.isEmpty ? nil : String(name)
    }

    /// What is for a type of map in place of a helper that is not, with `$map` for the map.
    private static func means(of type: MapType, for call: String) -> (remedy: String, correction: String?)? {
        switch (type, call) {
        case (.ringbuf, "bpf_perf_event_output"):
            (
                "send the event with bpf_ringbuf_output(), or make $map a BPF_MAP_TYPE_PERF_EVENT_ARRAY",
                "bpf_ringbuf_output(&$map, &event, sizeof(event), 0);"
            )
        case (.ringbuf, _):
            (
                "a ring buffer has no keys: reserve room with bpf_ringbuf_reserve(), or send with bpf_ringbuf_output()",
                "bpf_ringbuf_output(&$map, &event, sizeof(event), 0);"
            )
        case (.perfEventArray, _) where call.hasPrefix("bpf_ringbuf_"):
            (
                "send the event with bpf_perf_event_output(), or make $map a BPF_MAP_TYPE_RINGBUF",
                "bpf_perf_event_output(ctx, &$map, BPF_F_CURRENT_CPU, &event, sizeof(event));"
            )
        case (.perfEventArray, _):
            (
                "send events with bpf_perf_event_output(), or read a counter with bpf_perf_event_read_value()",
                "bpf_perf_event_output(ctx, &$map, BPF_F_CURRENT_CPU, &event, sizeof(event));"
            )
        case (.progArray, _):
            ("go to a program of the map with a tail call", "bpf_tail_call(ctx, &$map, index);")
        case (.stackTrace, _): ("write stacks with bpf_get_stackid()", "bpf_get_stackid(ctx, &$map, 0);")
        case (.queue, _), (.stack, _):
            (
                "call bpf_map_push_elem(), bpf_map_pop_elem() or bpf_map_peek_elem()",
                "bpf_map_push_elem(&$map, &value, 0);"
            )
        default: nil
        }
    }

    /// `call stack of previous frames is 304 bytes`.
    mutating func nameStack(_ text: String) {
        guard let bytes = Self.number(in: text, after: "previous frames is ") else { return }
        cause += ", and those in front of the tail call use \(bytes)"
    }

    /// A helper that only programs under the GPL may call.
    mutating func nameLicensed(_ call: String) {
        title = "\(call)() is for programs under the GPL"
        cause = "the kernel offers it to programs with a GPL-compatible license only"
        here = "the call"
    }

    // MARK: - What was never set

    /// `R0 !read_ok` at an exit, and `R2 !read_ok` of a register that nothing on the way has written.
    mutating func tellUnset(_ text: String, _ walk: VerifierWalk) {
        guard text.contains("!read_ok"), let register = Self.number(in: text, after: "R") else { return }
        if register == 0, walk.steps.last?.effect == .exit {
            title = "the function ends without returning a value"
            cause = "the kernel reads what a function returns, and nothing was returned on this path"
            remedy = "return a value on every path"
            correction = "return 0;"
            here = "ends here"
            return
        }
        guard (2...5).contains(register), walk.steps.first?.instruction == 0,
            walk.steps.count <= VerifierWalk.mostSteps,
            !walk.steps.dropLast().contains(where: { step in
                // A call takes away what was in these registers.
                switch step.effect {
                case .call, .enter, .exit: true
                default: step.destination == Int(register)
                }
            })
        else { return }
        title = "programs have one argument, the context: argument \(register) is not set"
        cause = "the kernel calls a program with the context in the first argument, and sets no other"
        remedy = "declare the program with the context alone, and read what it holds"
        here = "never set"
        isOfArgument = true
    }
}

extension MapType {
    /// `BPF_MAP_TYPE_QUEUE`.
    fileprivate static let queue = MapType(rawValue: 22)
    /// `BPF_MAP_TYPE_STACK`.
    fileprivate static let stack = MapType(rawValue: 23)
}
