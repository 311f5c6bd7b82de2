// SPDX-License-Identifier: Apache-2.0

extension SectionPattern {
    /// How to read what stands behind the slash of a section's name.
    enum TargetRule: Sendable, Equatable {
        /// It is not for us.
        case none
        /// Nothing stands there: samples have no name.
        case perfEvent
        /// A function of the kernel.
        case probe(isReturn: Bool)
        /// A system call.
        case syscall(isReturn: Bool)
        /// Category and name of a trace event.
        case tracepoint
        /// The name of a tracepoint.
        case rawTracepoint
        /// The name of a type in BTF.
        case tracing(TracingKind)
    }
}

extension SectionPattern.TargetRule {
    private typealias Reason = AttachTargetError.Reason

    /// The longest name that is passed on (`KSYM_NAME_LEN` less the NUL).
    private static let longest = ProbeTarget.longestSymbol

    /// Reads what stands behind the slash; nil is no slash.
    func target(_ text: Substring?, pattern: String) -> AttachTarget {
        switch self {
        case .none: return .none
        case .perfEvent: return .perfEvent
        default: break
        }
        guard let text else { return .unnamed }
        do throws(Reason) {
            return try target(text)
        } catch {
            return .invalid(AttachTargetError(pattern: pattern, text: String(text), reason: error))
        }
    }

    private func target(_ text: Substring) throws(Reason) -> AttachTarget {
        guard !text.isEmpty else { throw .empty }
        switch self {
        case .none: return .none
        case .perfEvent: return .perfEvent
        case .probe(let isReturn): return .kprobe(try Self.probe(text, isReturn: isReturn))
        case .syscall(let isReturn): return .syscall(try Self.word(text), isReturn: isReturn)
        case .tracepoint: return try Self.event(text)
        case .rawTracepoint: return .rawTracepoint(try Self.word(text))
        case .tracing(let kind) where !kind.prefix.isEmpty:
            return .tracing(kind, module: nil, target: try Self.word(text))
        case .tracing(let kind):
            let place = try Self.probe(text, isReturn: false)
            if let plus = text.utf8.enumerated().first(where: {
                [UInt8(ascii: "+"), UInt8(ascii: "@")].contains($0.element)
            }) {
                throw .character(at: plus.offset)
            }
            return .tracing(kind, module: place.module, target: place.symbol)
        }
    }

    private static func probe(_ text: Substring, isReturn: Bool) throws(Reason) -> ProbeTarget {
        do throws(ProbeTargetError) {
            return try ProbeTarget(parsing: String(text), isReturn: isReturn)
        } catch {
            throw .probe(error)
        }
    }

    /// Reads `CATEGORY/NAME`; a category may have dashes, as `intel-sst` has.
    private static func event(_ text: Substring) throws(Reason) -> AttachTarget {
        guard let slash = text.utf8.firstIndex(of: UInt8(ascii: "/")) else {
            _ = try word(text, besides: UInt8(ascii: "-"))
            throw .noEventName
        }
        let (category, name) = (text[..<slash], text[text.utf8.index(after: slash)...])
        guard !category.isEmpty, !name.isEmpty else { throw .noEventName }
        return .tracepoint(
            category: try word(category, besides: UInt8(ascii: "-")),
            name: try word(name, at: category.utf8.count + 1))
    }

    /// A name of letters, digits, `_` and `other`: it goes into calls and paths of the kernel.
    ///
    /// - Parameter start: Where it begins in the whole text.
    private static func word(_ text: Substring, besides other: UInt8? = nil, at start: Int = 0) throws(Reason) -> String
    {
        for (index, byte) in text.utf8.enumerated() {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
                continue
            default: guard byte == other else { throw .character(at: start + index) }
            }
        }
        guard text.utf8.count <= longest else { throw .tooLong(bytes: text.utf8.count, limit: longest) }
        return String(text)
    }
}
