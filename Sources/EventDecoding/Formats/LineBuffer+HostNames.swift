// SPDX-License-Identifier: Apache-2.0

extension LineBuffer {
    /// Appends a user or a group: its name, else its number; -1 is none, as in chown(2) and the audit's login uid.
    mutating func appendAccount(_ format: ValueFormat, _ value: Int128, _ names: (any HostNames)?) {
        guard let id = UInt32(exactly: value) else { return append(value) }
        guard id != .max else { return append("-1") }
        guard let name = format == .uid ? names?.user(id) : names?.group(id) else { return append(UInt64(id)) }
        appendEscaped(name, quoted: false)
    }

    /// Appends a control group, or what it belongs to; one that is not known is its number.
    mutating func appendGroup(_ format: ValueFormat, _ value: Int128, _ names: (any HostNames)?) {
        guard let id = UInt64(exactly: value), let path = names?.cgroup(id) else { return append(value) }
        let bytes = unsafe path.utf8.span.bytes
        switch format {
        case .unit: appendUnit(ofPath: bytes)
        case .container: appendContainer(ofPath: bytes)
        default: appendEscaped(bytes, quoted: false)
        }
    }

    /// Appends the systemd unit that the path of a control group lies in; a path without one stays a path.
    mutating func appendUnit(ofPath path: RawSpan) {
        appendEscaped(path.extracting(GroupPath.unit(in: path) ?? 0..<path.byteCount), quoted: false)
    }

    /// Appends the container that the path of a control group lies in; a path without one stays a path.
    mutating func appendContainer(ofPath path: RawSpan) {
        appendEscaped(path.extracting(GroupPath.container(in: path) ?? 0..<path.byteCount), quoted: false)
    }
}

/// What the path of a control group says of its process, by the conventions of systemd and of container runtimes.
enum GroupPath {
    /// The first unit that is no slice, which is the system's and not one of a user's own; else the last slice.
    static func unit(in path: RawSpan) -> Range<Int>? {
        var slice: Range<Int>?
        var found: Range<Int>?
        forEachName(in: path) { name in
            guard found == nil else { return }
            // systemd puts `_` in front of a name that the kernel would take for a file of its own.
            let name = isByte("_", at: name.lowerBound, path) ? name.lowerBound + 1..<name.upperBound : name
            if hasSuffix(".slice", name, path) {
                slice = name
            } else if unitSuffixes.contains(where: { hasSuffix($0, name, path) }) {
                found = name
            }
        }
        return found ?? slice
    }

    /// The first twelve digits of a container's id, as its runtime lists them; of LXC and systemd-nspawn its name.
    static func container(in path: RawSpan) -> Range<Int>? {
        var found: Range<Int>?
        forEachName(in: path) { name in
            if let id = identifier(in: name, path) {
                found = id..<id + 12
            } else if hasPrefix("lxc.payload.", name, path) {
                found = name.lowerBound + 12..<name.upperBound
            } else if hasPrefix("machine-", name, path), hasSuffix(".scope", name, path) {
                found = name.lowerBound + 8..<name.upperBound - 6
            }
        }
        return found.flatMap { $0.isEmpty ? nil : $0 }
    }

    private static let unitSuffixes: [StaticString] = [
        ".service", ".scope", ".socket", ".mount", ".swap", ".timer", ".path", ".target", ".device", ".automount",
    ]

    /// Digits of a container's id.
    private static let identifierLength = 64

    /// Where a run of exactly 64 hexadecimal digits begins in a name.
    private static func identifier(in name: Range<Int>, _ path: RawSpan) -> Int? {
        var start = name.lowerBound
        for at in name.lowerBound...name.upperBound where at == name.upperBound || !isDigit(at, path) {
            if at - start == identifierLength { return start }
            start = at + 1
        }
        return nil
    }

    private static func isDigit(_ at: Int, _ path: RawSpan) -> Bool {
        switch unsafe path.unsafeLoad(fromByteOffset: at, as: UInt8.self) {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"): true
        default: false
        }
    }

    private static func isByte(_ wanted: Unicode.Scalar, at index: Int, _ path: RawSpan) -> Bool {
        guard index < path.byteCount else { return false }
        return unsafe path.unsafeLoad(fromByteOffset: index, as: UInt8.self) == UInt8(ascii: wanted)
    }

    private static func hasPrefix(_ prefix: StaticString, _ name: Range<Int>, _ path: RawSpan) -> Bool {
        name.count > prefix.utf8CodeUnitCount && isEqual(prefix, at: name.lowerBound, path)
    }

    private static func hasSuffix(_ suffix: StaticString, _ name: Range<Int>, _ path: RawSpan) -> Bool {
        let count = suffix.utf8CodeUnitCount
        return name.count > count && isEqual(suffix, at: name.upperBound - count, path)
    }

    /// Whether a text stands at a place, for which there is room.
    private static func isEqual(_ text: StaticString, at start: Int, _ path: RawSpan) -> Bool {
        text.withUTF8Buffer { text in
            for index in 0..<text.count
            where unsafe path.unsafeLoad(fromByteOffset: start + index, as: UInt8.self) != text[index] {
                return false
            }
            return true
        }
    }

    private static func forEachName(in path: RawSpan, _ body: (Range<Int>) -> Void) {
        var start = 0
        for at in 0...path.byteCount where at == path.byteCount || isByte("/", at: at, path) {
            if at > start { body(start..<at) }
            start = at + 1
        }
    }
}
