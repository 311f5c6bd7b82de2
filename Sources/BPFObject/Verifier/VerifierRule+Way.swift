// SPDX-License-Identifier: Apache-2.0

internal import Diagnostics

extension VerifierRule {
    /// The rule in the words for one refusal: what the way to it tells, which the words of the kernel leave out.
    func fitted(to walk: VerifierWalk, _ text: String, _ ended: VerifierEnd?) -> VerifierRule {
        var rule = self
        if let ended {
            rule.end(ended)
            return rule
        }
        let call: String? = if case .call(let name)? = walk.steps.last?.effect { name } else { nil }
        switch code {
        case .verifierArgumentType: rule.nameKinds(text, call)
        case .verifierMapBounds, .verifierMemoryBounds: if let call { rule.nameSize(of: text, call) }
        case .verifierStackBounds:
            if let offset = Self.number(in: text, after: "off="), offset < -Int64(StackBytes.size) {
                rule.growStack(to: offset.magnitude)
            } else if let call {
                rule.nameSize(of: text, call)
            }
        case .verifierContextAccess where !text.contains(" argument"):
            if walk.steps.last?.text.hasPrefix("*(") == true { rule.tellWrite() }
        case .verifierZeroSize: if let call, Self.ofKeys.contains(call), !text.contains("u64=") { rule.tellKeys(call) }
        case .verifierReturnValue, .verifierCallback: rule.nameRange(text)
        case .verifierSizeRange where text.contains("unbounded size, use"): rule.nameConstant(text, call)
        case .verifierSizeRange: rule.tellBound(of: text, walk)
        case .verifierMapType: rule.nameMapType(text)
        case .verifierTailCall: rule.nameStack(text)
        case .verifierLicense: if let call { rule.nameLicensed(call) }
        case .verifierRegisterUnset: rule.tellUnset(text, walk)
        default: break
        }
        return rule
    }

    /// What older kernels say of a tail call by a map of another type, which are not words about it.
    static func ofTailCall(_ text: String, _ last: VerifierStep?) -> VerifierRule? {
        guard text.contains("misconfigured verifier"), last?.effect == .call(name: "bpf_tail_call") else { return nil }
        return fitting("expected prog array map")
    }

    // MARK: - Pointers that have become invalid

    private mutating func end(_ ended: VerifierEnd) {
        switch ended.kind {
        case .givenBack:
            code = .verifierReferenceNotHeld
            title = "it was given back before"
            cause = "behind \(ended.name)() the pointer leads to nothing that the program may use or give back"
            remedy = "use it before it is given back, and give it back once on each path"
            (correction, here, there) = (nil, "used after it was given back", "$call gives it back")
        case .packetMoved:
            code = .verifierPacketBounds
            title = "the pointer into the packet is no longer valid"
            cause = "\(ended.name)() may move the packet, so that no pointer into it is valid behind the call"
            remedy = "read data and data_end from the context again behind the call, and compare again"
            correction = "data = (void *)(long)ctx->data; data_end = (void *)(long)ctx->data_end;"
            (here, there) = ("no longer a pointer into the packet", "$call may move the packet")
        }
    }

    // MARK: - Arguments

    /// `R1 type=ctx expected=map_ptr`: which argument, what it is, and what it is to be.
    private mutating func nameKinds(_ text: String, _ call: String?) {
        correction = nil
        if text.contains("known constant") || text.contains("is not a const") { return nameConstant(text, call) }
        guard let expected = Self.word(in: text, after: "expected="), let type = Self.word(in: text, after: "type="),
            let number = Self.number(in: text, after: "R"), (1...5).contains(number)
        else { return }
        let name = call.map { "\($0)()" } ?? "the call"
        let kinds = expected.split { $0 == "," || $0 == " " }
        title = "argument \(number) of \(name) is \(Self.words(type))"
        here = "argument \(number)"
        switch kinds.first {
        case "map_ptr":
            cause = "\(name) takes a map there"
            remedy = "pass the address of the map, by its name"
            correction = "&map"
        case "ctx":
            cause = "\(name) takes the context there, as the program got it"
            remedy = "pass ctx itself, not a copy, a member or an address made of it"
        case "mem" where call?.hasPrefix("bpf_ringbuf_") == true, "alloc_mem" where kinds.count == 1,
            "ringbuf_mem" where kinds.count == 1:
            cause = "\(name) takes what bpf_ringbuf_reserve() returned"
            remedy =
                "pass the pointer that bpf_ringbuf_reserve() returned, or use bpf_ringbuf_output() for other memory"
            correction = "bpf_ringbuf_output(&rb, $value, sizeof(*$value), 0);"
        case "map_value" where kinds.count == 1 && Self.ofFormats.contains(call ?? ""):
            cause = "\(name) takes a format there that the verifier can read: a constant, not a variable on the stack"
            remedy = "declare the format static const"
            correction = "static const char format[] = \"…\";"
        case "fp", "pkt", "map_value", "stack":
            cause = "\(name) takes the address of memory there: a variable, a value of a map, or a checked packet"
            remedy = "pass the address of a variable, or of memory that the verifier knows"
            if Self.ofKeys.contains(call ?? ""), number == 2 { correction = "&key" }
        case "sock", "sock_common", "tcp_sock":
            cause = "\(name) takes a socket of the kernel there"
            remedy =
                "pass a pointer that a helper gave for a socket, such as skb->sk or bpf_sk_lookup_tcp(), after its check"
        default: remedy = "pass what it takes there: \(expected)"
        }
    }

    private static let ofFormats: Set<String> = [
        "bpf_snprintf", "bpf_trace_vprintk", "bpf_seq_printf", "bpf_strncmp", "bpf_kptr_xchg",
    ]
    private static let ofKeys: Set<String> = [
        "bpf_map_lookup_elem", "bpf_map_update_elem", "bpf_map_delete_elem", "bpf_map_lookup_percpu_elem",
    ]

    /// A kind of value as the kernel names it, in words.
    private static func words(_ type: Substring) -> String {
        switch type {
        case "inv", "scalar": return "a number"
        case "fp": return "an address on the stack"
        case "ctx": return "the context"
        case "map_ptr", "const_map_ptr": return "a map"
        case "map_value": return "an address in a value of a map"
        case "map_key": return "an address in a key of a map"
        case "pkt": return "an address in the packet"
        case "pkt_end": return "the end of the packet"
        case "sock", "sock_common", "tcp_sock": return "a socket"
        default:
            if type.contains("mem") { return "an address in memory" }
            if type.contains("ptr_") { return "a pointer of the kernel" }
            return "a \(type)"
        }
    }

    // MARK: - Sizes

    /// A helper that is given too many bytes: no index is concerned.
    private mutating func nameSize(of text: String, _ call: String) {
        let size = Self.number(in: text, after: "size=", last: true)
        let place = Self.number(in: text, after: "off=") ?? 0
        let room: Int64? =
            if code == .verifierStackBounds {
                place < 0 ? 0 &- place : nil
            } else {
                (Self.number(in: text, after: "value_size=") ?? Self.number(in: text, after: "mem_size=")).map {
                    $0 &- place
                }
            }
        title = "\(call)() would use more bytes than there are"
        cause = size.map { "the call uses \($0) bytes" } ?? "the call uses more bytes"
        if let room, room >= 0 {
            cause += code == .verifierStackBounds ? ", and the stack ends after \(room)" : ", and \(room) are there"
        }
        remedy = "give the call no more than the size of what its argument leads to"
        correction = code == .verifierStackBounds ? "sizeof($value)" : "sizeof(*$value)"
        here = "given too many bytes"
    }

    private mutating func growStack(to bytes: UInt64) {
        code = .verifierStackSize
        guard let rule = Self.all.first(where: { $0.code == .verifierStackSize }) else { return }
        (title, cause, remedy, correction) = (rule.title, rule.cause, rule.remedy, rule.correction)
        cause += "; this access is \(bytes) bytes below the top"
        here = "beyond the stack"
        there = nil
    }

    // MARK: - The context, keys, what is returned

    private mutating func tellWrite() {
        title = "the context of this program may not be written to there"
        cause = "programs of this type may read this part of the context, or nothing of it, and not change it"
        remedy = "keep the value in a variable or a map"
        here = "written to here"
    }

    private mutating func tellKeys(_ call: String) {
        title = "the map has no keys, and \(call)() wants one"
        cause = "ring buffers, queues, stacks and Bloom filters have no keys"
        remedy =
            "call the helpers of such maps: bpf_ringbuf_reserve(), bpf_map_push_elem(), bpf_map_pop_elem(), bpf_map_peek_elem()"
        correction = nil
        here = "the call"
    }

    /// `has value (0x2; 0x0) should have been in (0x0; 0x1)`, `has smin=2 smax=2 should have been in [0, 1]`.
    private mutating func nameRange(_ text: String) {
        let returned: String
        if let low = Self.number(in: text, after: "smin="), let high = Self.number(in: text, after: "smax=") {
            returned = low == high ? "\(Self.signed(low))" : "\(low) to \(high)"
        } else if let (value, unknown) = Self.value(in: text) {
            returned =
                switch unknown {
                case 0: "\(Self.signed(Int64(bitPattern: value)))"
                case 0xffff_ffff where value == 0: "any number of 32 bits"
                // The unknown bits are the low ones: a range.
                case _ where unknown & (unknown &+ 1) == 0 && value & unknown == 0: "\(value) to \(value | unknown)"
                default: "any number"
                }
        } else if text.contains("is not a known value") {
            returned = "no number that is known"
        } else {
            returned = "any number"
        }
        guard let allowed = Self.allowed(text) else { return }
        cause += ": \(returned) is returned, and \(allowed) may be"
    }

    /// The value and the mask of its unknown bits of `has value (0x5; 0x0)`.
    private static func value(in text: String) -> (value: UInt64, unknown: UInt64)? {
        guard let mark = text.firstRange(of: "has value (0x") else { return nil }
        let digits = text[mark.upperBound...].prefix { $0.isHexDigit }
        let rest = text[digits.endIndex...]
        guard rest.hasPrefix("; 0x"), let value = UInt64(digits, radix: 16),
            let unknown = UInt64(rest.dropFirst(4).prefix { $0.isHexDigit }, radix: 16)
        else { return nil }
        return (value, unknown)
    }

    /// A program returns 32 bits: -1 is in the register as 0xffffffff.
    private static func signed(_ value: Int64) -> Int64 {
        UInt32(exactly: value).map { Int64(Int32(bitPattern: $0)) } ?? value
    }

    /// What may be returned, in words.
    private static func allowed(_ text: String) -> String? {
        guard let mark = text.firstRange(of: "should have been in ") else { return nil }
        let range = text[mark.upperBound...].prefix { $0 != "\n" }
        let numbers = range.dropFirst().prefix { $0 != "]" && $0 != ")" }.split { $0 == "," || $0 == ";" || $0 == " " }
        guard numbers.count == 2 else { return nil }
        if range.first == "[" { return numbers[0] == numbers[1] ? "\(numbers[0])" : "\(numbers[0]) to \(numbers[1])" }
        // A value and a mask of its unknown bits: a range where the mask has the low bits.
        func number(_ word: Substring) -> UInt64? { word.hasPrefix("0x") ? UInt64(word.dropFirst(2), radix: 16) : nil }
        guard let low = number(numbers[0]), let mask = number(numbers[1]), mask & (mask &+ 1) == 0, low & mask == 0
        else { return nil }
        return mask == 0 ? "\(low)" : "\(low) to \(low | mask)"
    }

    // MARK: - Numbers and words in what the kernel says

    static func number(in text: String, after mark: String, last: Bool = false) -> Int64? {
        guard let place = last ? text.ranges(of: mark).last : text.firstRange(of: mark) else { return nil }
        var digits = text[place.upperBound...]
        let sign = digits.first == "-" ? "-" : ""
        if !sign.isEmpty { digits = digits.dropFirst() }
        return Int64(sign + digits.prefix { $0.isASCII && $0.isNumber })
    }

    static func word(in text: String, after mark: String) -> Substring? {
        guard let place = text.firstRange(of: mark) else { return nil }
        let rest = text[place.upperBound...]
        return mark == "expected=" ? rest.prefix { $0 != "\n" } : rest.prefix { $0 != " " && $0 != "\n" }
    }
}
