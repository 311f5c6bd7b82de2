// SPDX-License-Identifier: Apache-2.0

/// A function of a program or library: `uprobe/PATH:NAME`, `uretprobe/PATH:NAME`.
package struct UserProbe: AttachKind {
    /// Where in the file.
    package enum Place: Sendable, Equatable {
        /// The functions of a name, and bytes from their starts.
        case functions(UserSymbolPattern, offset: UInt64)
        /// A byte of the file.
        case offset(UInt64)
    }

    /// When the program runs.
    package enum Moment: Sendable, Equatable {
        /// Before the function, or the instruction.
        case entry
        /// When the function returns.
        case exit
        /// Before the function, and when it returns.
        case both
    }

    /// The program or library: a path, or a name that the dynamic loader finds.
    package let file: String
    /// Where in it.
    package let place: Place
    /// When the program runs.
    package let moment: Moment
    /// The `expected_attach_type` of programs that one link attaches to many places; nil of others.
    package let multiType: AttachType?

    package static let sections = [
        SectionPattern("uprobe+", .kprobe),
        SectionPattern("uprobe.s+", .kprobe, nil, [.sleepable]),
        SectionPattern("uretprobe+", .kprobe),
        SectionPattern("uretprobe.s+", .kprobe, nil, [.sleepable]),
        SectionPattern("uprobe.multi+", .kprobe, .traceUprobeMulti),
        SectionPattern("uprobe.multi.s+", .kprobe, .traceUprobeMulti, [.sleepable]),
        SectionPattern("uretprobe.multi+", .kprobe, .traceUprobeMulti),
        SectionPattern("uretprobe.multi.s+", .kprobe, .traceUprobeMulti, [.sleepable]),
        SectionPattern("uprobe.session+", .kprobe, .traceUprobeSession),
        SectionPattern("uprobe.session.s+", .kprobe, .traceUprobeSession, [.sleepable]),
    ]

    package init(reading text: Substring, in section: SectionPattern) throws(AttachTargetError.Reason) {
        let parts = try UserFileText(text)
        file = parts.file
        multiType = section.attachType
        moment =
            section.attachType == .traceUprobeSession
            ? .both : section.base.hasPrefix("uretprobe") ? .exit : .entry
        place = try Self.place(parts.rest, isEntry: moment == .entry)
    }

    private init(_ probe: UserProbe, at place: Place) {
        (file, self.place, moment, multiType) = (probe.file, place, probe.moment, probe.multiType)
    }

    /// The probes that names with commas between them mean: `libc.so.6:getaddrinfo,gethostbyname`.
    package func apart() throws(AttachTargetError.Reason) -> [UserProbe] {
        guard case .functions = place else { return [self] }
        let names = Self.names(in: place.description)
        guard names.count > 1 else { return [self] }
        var probes: [UserProbe] = []
        for name in names {
            probes.append(UserProbe(self, at: try Self.place(name, isEntry: moment == .entry)))
        }
        return probes
    }

    /// The names of a list.
    ///
    /// Parameters and those of templates have commas of their own, and so has `operator,`.
    private static func names(in text: String) -> [Substring] {
        var names: [Substring] = []
        var (start, depth) = (text.startIndex, 0)
        for index in text.indices {
            let before = text[start..<index]
            switch text[index] {
            case "(", "[", "{": depth += 1
            case ")", "]", "}": depth -= 1
            case "<" where !before.hasSuffix("operator") && !before.hasSuffix("operator<"): depth += 1
            case ">" where depth > 0 && !before.hasSuffix("-"): depth -= 1
            case "," where depth <= 0 && !before.hasSuffix("operator"):
                names.append(before)
                start = text.index(after: index)
            default: break
            }
        }
        return names + [text[start...]]
    }

    private static func place(_ text: Substring, isEntry: Bool) throws(AttachTargetError.Reason) -> Place {
        guard !text.isEmpty else { throw .form("there is no function behind the colon") }
        if text.first?.isNumber == true {
            guard let offset = number(text) else {
                throw .form("what begins with a digit is an offset in the file, such as 0x1139")
            }
            return .offset(offset)
        }
        // A name of C++ may have a + in it (operator+), so that only a number behind the last one is an offset.
        guard let plus = text.lastIndex(of: "+"), let offset = number(text[text.index(after: plus)...]) else {
            return .functions(UserSymbolPattern(String(text)), offset: 0)
        }
        guard isEntry || offset == 0 else {
            throw .form("a program at the return of a function belongs to the whole of it, and takes no offset")
        }
        let name = text[..<plus]
        guard !name.isEmpty else { throw .form("there is no function in front of the +") }
        return .functions(UserSymbolPattern(String(name)), offset: offset)
    }

    private static func number(_ text: Substring) -> UInt64? {
        let digits = text.hasPrefix("0x") || text.hasPrefix("0X") ? text.dropFirst(2) : text
        guard let first = digits.first, first != "+", first != "-" else { return nil }
        return UInt64(digits, radix: digits.count == text.count ? 10 : 16)
    }

    package static func form(of section: SectionPattern) -> String {
        "SEC(\"\(section.base)/PATH:FUNCTION\"), such as \(section.base)//bin/bash:readline, "
            + "\(section.base)/libc.so.6:malloc or \(section.base)//bin/bash:0x1139"
    }

    package var processes: TracedProcesses { .choice }

    package var description: String {
        let kind =
            switch moment {
            case .entry: "uprobe"
            case .exit: "uretprobe"
            case .both: "uprobe.session"
            }
        return "\(kind) \(file):\(place)"
    }
}

extension UserProbe.Place: CustomStringConvertible {
    /// The place in the notation that it is read from.
    package var description: String {
        switch self {
        case .functions(let pattern, let offset):
            pattern.description + (offset > 0 ? "+0x" + String(offset, radix: 16) : "")
        case .offset(let offset): "0x" + String(offset, radix: 16)
        }
    }
}

extension UserSymbolPattern: CustomStringConvertible {
    /// The text that it was read from.
    package var description: String { text + (version.map { "@" + $0 } ?? "") }
}

/// `FILE:REST`, as the sections of all kinds for user space begin.
struct UserFileText {
    let file: String
    let rest: Substring

    init(_ text: Substring) throws(AttachTargetError.Reason) {
        // The first colon, as libbpf takes it: names of C++ have more.
        guard let colon = text.firstIndex(of: ":") else { throw .form("there is no colon behind the file") }
        file = String(text[..<colon])
        rest = text[text.index(after: colon)...]
        guard !file.isEmpty else { throw .form("there is no file in front of the colon") }
        if let bad = text.utf8.enumerated().first(where: { $0.element < 0x20 || $0.element == 0x7f }) {
            throw .character(at: bad.offset)
        }
        guard text.utf8.count <= Self.longest else {
            throw .tooLong(bytes: text.utf8.count, limit: Self.longest)
        }
    }

    /// A path (`PATH_MAX`) and a mangled name.
    private static let longest = 16_384
}

extension AttachTarget {
    /// Functions of a program or library.
    ///
    /// - Parameters:
    ///   - file: A path, or a name such as `libc.so.6` that the dynamic loader finds.
    ///   - function: `NAME`, `NAME+0x10`, `NAME@VERSION`, a name of C++, Rust or Swift as it is written in the source,
    ///     a pattern with `*` and `?`, or an offset in the file such as `0x1139`.
    ///   - atReturn: Whether the program runs when the function returns.
    public static func uprobe(
        _ file: String, _ function: String, atReturn: Bool = false
    ) throws(AttachTargetError) -> AttachTarget {
        try AttachTarget(UserProbe.self, named: "\(file):\(function)", in: UserProbe.sections[atReturn ? 2 : 0])
    }
}
