// SPDX-License-Identifier: Apache-2.0

extension Diagnostic {
    /// What the user can do about it: a sentence, in which the settings and actions are values.
    ///
    /// Written as text, with values where a program may act on them:
    ///
    ///     "make it smaller: \(.mapSize, "events", to: "ENTRIES")"
    ///     "raise the limit of open files: \(.raiseLimit("RLIMIT_NOFILE"), "ulimit -n 4096")"
    ///
    /// The words for a setting depend on who reads the sentence: in the library it is a property or function of the
    /// API, in a tool an option.
    public struct Hint: Sendable, Equatable {
        /// What helps, as a value.
        public enum Action: Sendable, Equatable {
            /// Give a setting another value.
            case set(Setting)
            /// Raise a limit, such as `RLIMIT_NOFILE` or `fs.file-max`.
            case raiseLimit(String)
            /// Change a setting of the kernel (sysctl), such as `kernel.kptr_restrict`.
            case setKernelParameter(String)
            /// Run with these capabilities.
            case gainCapabilities([String])
            /// Take one of these names: what was given is near to them.
            case chooseName([String])
            /// Choose one of several functions of a name, by its number, address or module; with an example.
            case chooseFunction(String)
            /// Attach another kind of program, such as `kprobe`.
            case attachAs(String)
            /// Compile the program with these arguments.
            case compile(String)
            /// Use a kernel that is built with one of these options.
            case useKernel([String])
            /// Load a module of the kernel.
            case loadModule(String)
            /// Mount a file system of this type.
            case mount(String)
            /// Remove a file, such as a pin.
            case remove(String)
            /// End a process.
            case end(pid: Int32)
        }

        /// A piece of the sentence.
        enum Part: Sendable, Equatable {
            case text(String)
            case setting(Setting)
            case action(Action, String)
        }

        var parts: [Part]

        /// A hint in words alone.
        public init(_ text: String) { parts = [.text(text)] }

        /// The actions in the sentence, in its order.
        public var actions: [Action] {
            parts.compactMap { part in
                switch part {
                case .text: nil
                case .setting(let setting): .set(setting)
                case .action(let action, _): action
                }
            }
        }

        /// The sentence.
        public func text(_ wording: Wording = .library) -> String {
            parts.map { part in
                switch part {
                case .text(let text), .action(_, let text): text
                case .setting(let setting): wording.words(setting)
                }
            }.joined()
        }

        /// Two parts of a sentence.
        public static func + (left: Hint, right: Hint) -> Hint {
            var sum = left
            for part in right.parts { sum.append(part) }
            return sum
        }

        private mutating func append(_ part: Part) {
            // Equal sentences are equal values, however they were put together.
            if case .text(let text) = part, case .text(let before)? = parts.last {
                parts[parts.count - 1] = .text(before + text)
            } else {
                parts.append(part)
            }
        }
    }
}

extension Diagnostic.Hint: ExpressibleByStringInterpolation {
    /// Puts a sentence together.
    public struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var hint = Diagnostic.Hint("")

        /// Begins a sentence.
        public init(literalCapacity: Int, interpolationCount: Int) { hint.parts = [] }

        /// Adds text.
        public mutating func appendLiteral(_ literal: String) {
            if !literal.isEmpty { hint.append(.text(literal)) }
        }

        /// Adds what stands for a value, as in a string.
        public mutating func appendInterpolation<Value>(_ value: Value) { hint.append(.text("\(value)")) }

        /// Adds another hint.
        public mutating func appendInterpolation(_ other: Diagnostic.Hint) {
            for part in other.parts { hint.append(part) }
        }

        /// Adds a setting, in the words of who reads it.
        public mutating func appendInterpolation(
            _ kind: Diagnostic.Setting.Kind, _ name: String? = nil, to value: String? = nil
        ) {
            hint.append(.setting(Diagnostic.Setting(kind, name, to: value)))
        }

        /// Adds words that stand for an action.
        public mutating func appendInterpolation(_ action: Diagnostic.Hint.Action, _ words: String) {
            hint.append(.action(action, words))
        }
    }

    /// A hint in words alone.
    public init(stringLiteral value: String) { self.init(value) }

    /// A hint with values.
    public init(stringInterpolation: StringInterpolation) { self = stringInterpolation.hint }
}

extension Diagnostic.Hint: CustomStringConvertible {
    /// The sentence in the words of the library.
    public var description: String { text() }
}
