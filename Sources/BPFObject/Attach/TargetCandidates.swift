// SPDX-License-Identifier: Apache-2.0

/// Targets of which the first is taken that the kernel has: `kprobe/do_sys_openat2|do_sys_open`.
extension AttachTarget {
    /// The most of them that one text names.
    static let mostCandidates = 64

    /// Several targets of one kind, of which the first is taken that the kernel has; nil if there are none.
    ///
    /// - Parameter candidates: In the order in which they are looked for.
    public static func firstThere(of candidates: [AttachTarget]) -> AttachTarget? {
        guard var first = candidates.first else { return nil }
        first.others += candidates.dropFirst().flatMap(\.candidates)
        return first
    }
}

extension SectionKind {
    /// What a text names: a target, or several with `|` between them.
    ///
    /// - Parameters:
    ///   - text: What stands behind the slash; nil is no slash.
    ///   - section: The pattern, one of ``sections``.
    static func candidates(named text: Substring?, in section: SectionPattern) -> SectionTarget {
        guard let text else { return target(named: nil, in: section) }
        let parts = split(text, section)
        guard parts.count > 1 else { return target(named: text, in: section) }
        guard parts.count <= AttachTarget.mostCandidates else {
            return invalid(text, .form("it has more than \(AttachTarget.mostCandidates) names"), section)
        }
        var targets: [AttachTarget] = []
        for part in parts {
            guard !part.isEmpty else {
                return invalid(text, .form("there is no name in front of a |, or behind it"), section)
            }
            switch target(named: part, in: section) {
            case .target(let target): targets.append(target)
            case let other: return other
            }
        }
        return AttachTarget.firstThere(of: targets).map(SectionTarget.target) ?? .nothing
    }

    /// The texts between the bars.
    ///
    /// Names of the kernel have no bars. Paths, devices and names of C++ may have them, so that there a bar counts only
    /// in front of a whole target: `uprobe:libssl.so.3:SSL_read|uprobe:libssl.so.1.1:SSL_read`.
    private static func split(_ text: Substring, _ section: SectionPattern) -> [Substring] {
        var parts: [Substring] = []
        for part in text.split(separator: "|", omittingEmptySubsequences: false) {
            let whole = behindKind(part, section)
            if let last = parts.last, whole == nil, !namesAreSymbols {
                parts[parts.count - 1] = text[last.startIndex..<part.endIndex]
            } else {
                parts.append(parts.isEmpty ? part : whole ?? part)
            }
        }
        return parts
    }

    /// What follows the name of the kind in a target that has it; nil in one that has not.
    private static func behindKind(_ text: Substring, _ section: SectionPattern) -> Substring? {
        for name in [section.base] + families.map({ $0[...] }) {
            guard text.utf8.starts(with: name.utf8) else { continue }
            let rest = text.utf8.dropFirst(name.utf8.count)
            guard let mark = rest.first, mark == UInt8(ascii: ":") || mark == UInt8(ascii: "/") else { continue }
            return text[rest.index(after: rest.startIndex)...]
        }
        return nil
    }

    private static func invalid(
        _ text: Substring, _ reason: AttachTargetError.Reason, _ section: SectionPattern
    ) -> SectionTarget {
        .invalid(
            AttachTargetError(
                pattern: section.name, text: String(text), reason: reason,
                form: (self as? any AttachKind.Type)?.form(of: section) ?? section.name))
    }
}
