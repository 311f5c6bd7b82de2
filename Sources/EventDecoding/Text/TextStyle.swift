// SPDX-License-Identifier: Apache-2.0

/// What a part of the output is, where colour tells it.
package enum TextStyle: Sendable, Equatable {
    /// Numbers and all else: the terminal's own colour.
    case plain
    /// The names of columns: bold.
    case header
    /// Strings of events: green.
    case string
    /// Names that stand for numbers: cyan.
    case name
    /// Lost events: bold red.
    case loss

    /// The style of a column of values.
    package init(_ kind: ValueKind, _ format: ValueFormat?) {
        switch (format, kind) {
        case (.comm, _), (nil, .text): self = .string
        case (.ksym, _), (.errno, _), (.ret, _), (.syscall, _), (.flags, _), (.uid, _), (.gid, _), (.cgroup, _),
            (.unit, _), (.container, _), (.stack, _), (.stackid, _), (.kstack, _), (.ustack, _),
            (.buildid, _), (nil, .enumeration), (nil, .boolean):
            self = .name
        case (let format?, _) where format.vocabulary(on: .unknown) != nil && format != .mode: self = .name
        default: self = .plain
        }
    }
}

extension LineBuffer {
    /// Appends the control sequence (SGR of ECMA-48) that begins a style; nothing for ``TextStyle/plain``.
    package mutating func begin(_ style: TextStyle) {
        switch style {
        case .plain: break
        case .header: append("\u{1b}[1m")
        case .string: append("\u{1b}[32m")
        case .name: append("\u{1b}[36m")
        case .loss: append("\u{1b}[1;31m")
        }
    }

    /// Appends the control sequence that ends a style.
    package mutating func end(_ style: TextStyle) {
        if style != .plain { append("\u{1b}[0m") }
    }
}
