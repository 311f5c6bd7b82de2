// SPDX-License-Identifier: Apache-2.0

internal import BTF

/// How the type of a map's events is known.
package enum EventOrigin: Sendable, Equatable {
    /// The user named it.
    case named
    /// The source of the program says it (`BPF_EVENT`, `BPF_EVENT_TAGGED`).
    case annotated
    /// The definition of the map names it as the type of its values.
    case declared
    /// The code says how many bytes an event has, and the debug information names only one type of that size.
    case inferred(EventEvidence)
    /// The user wrote it down in C.
    case layout

    /// The origin as the end of a sentence.
    package var words: String {
        switch self {
        case .named: "as asked for"
        case .annotated: "from the annotation in the object"
        case .declared: "from the value type of the map"
        case .inferred(let evidence): evidence.words
        case .layout: "from the layout that was given"
        }
    }
}

/// What a type of events was inferred from.
package struct EventEvidence: Sendable, Equatable {
    /// Where the type was found.
    package enum Source: Sendable, Equatable {
        /// It is the only one that fits among the variables of the function.
        case function
        /// It is the one that fits at the place of the function's frame that is sent.
        case place
        /// The variable that holds the address of what is sent points to it.
        case pointer
        /// It is the only one that fits among all variables of the object, since the function has none.
        case object
        /// The source lines of the function name what it fills.
        case lines
        /// The source lines of the function declare what it sends, and BTF has the structure.
        case declaration
        /// The function sends values of the map of this name.
        case values(of: String)
        /// The function sends the global variable of this name.
        case variable(String)
    }

    /// Bytes of an event as the code says; nil if it computes them as it runs.
    package let size: Int?
    /// The function that sends the events.
    package let function: String
    /// Where the type was found.
    package let source: Source

    /// Creates evidence.
    package init(size: Int?, function: String, source: Source) {
        self.size = size
        self.function = function
        self.source = source
    }

    /// The evidence as the end of a sentence: `from DWARF: the only variable of that size in bpf_prog`.
    package var words: String {
        let what = size == nil ? "variable that ends in text of any length" : "variable of that size"
        return switch source {
        case .function: "from DWARF: the only \(what) in \(function)"
        case .place: "from DWARF: the \(what) at the place that \(function) sends"
        case .pointer: "from DWARF: the variable that points to what \(function) sends"
        case .object: "from DWARF: the only \(what) in the object (\(function) sends it)"
        case .lines: "from the source lines of \(function), which name what it fills"
        case .declaration: "from BTF: source lines of \(function) declare what it sends"
        case .values(let map): "from BTF: \(function) sends values of the map \(map)"
        case .variable(let name): "from BTF: \(function) sends the variable \(name)"
        }
    }
}
