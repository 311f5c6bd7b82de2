// SPDX-License-Identifier: Apache-2.0

/// How the type of a map's events is known.
public enum EventOrigin: Sendable, Equatable {
    /// The user named it.
    case named
    /// The source of the program says it (`BPF_EVENT`, `BPF_EVENT_TAGGED`).
    case annotated
    /// The code says how many bytes an event has, and the debug information names only one type of that size.
    case inferred(EventEvidence)
    /// The user wrote it down in C.
    case layout

    /// The origin as the end of a sentence.
    public var words: String {
        switch self {
        case .named: "as asked for"
        case .annotated: "from the annotation in the object"
        case .inferred(let evidence): evidence.words
        case .layout: "from the layout that was given"
        }
    }
}

/// What a type of events was inferred from.
public struct EventEvidence: Sendable, Equatable {
    /// Where a type was looked for.
    public enum Scope: Sendable, Equatable {
        /// Among the variables of the function that sends the events.
        case function
        /// Among all variables of the object, since the function has none that fits.
        case object
    }

    /// Bytes of an event as the code says; nil if it computes them as it runs.
    public let size: Int?
    /// The function that sends the events.
    public let function: String
    /// Where the type was looked for.
    public let scope: Scope

    /// Creates evidence.
    public init(size: Int?, function: String, scope: Scope) {
        self.size = size
        self.function = function
        self.scope = scope
    }

    /// The evidence as the end of a sentence: `from DWARF: the only variable of that size in bpf_prog`.
    public var words: String {
        let what = size == nil ? "variable that an event of varying size can begin with" : "variable of that size"
        let place = scope == .function ? function : "the object, sent by \(function)"
        return "from DWARF: the only \(what) in \(place)"
    }
}
