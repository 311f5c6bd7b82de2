// SPDX-License-Identifier: Apache-2.0

extension Diagnostic {
    /// A place in a text that a diagnostic is about, such as a line of the user's own C source.
    public struct Label: Sendable, Equatable {
        /// What a place has to do with the diagnostic.
        public enum Role: String, Sendable, CaseIterable {
            /// It happened here.
            case primary
            /// It led there, such as where a value comes from.
            case secondary
        }

        /// The file as the compiler was given it; empty for a text that the caller gave, such as a condition.
        public var file: String
        /// The line, from 1.
        public var line: Int
        /// The columns, from 1, the last one excluded; empty where only the first is known, nil if none is.
        public var columns: Range<Int>?
        /// The text of the line, if it is known.
        public var text: String
        /// What the place has to do with the diagnostic.
        public var role: Role
        /// What to say of this place.
        public var message: String?
        /// The function that the place is in, if it is known.
        public var function: String?

        /// Creates a label.
        public init(
            file: String, line: Int, columns: Range<Int>? = nil, text: String = "", role: Role = .primary,
            message: String? = nil
        ) {
            self.file = file
            self.line = line
            self.columns = columns
            self.text = text
            self.role = role
            self.message = message
        }

        /// Creates the primary label of a line of which the column is known, or not (0).
        public init(file: String, line: Int, column: Int, text: String = "") {
            self.init(file: file, line: line, columns: column > 0 ? column..<column : nil, text: text)
        }

        /// The first column, from 1; 0 if not known.
        public var column: Int { columns?.lowerBound ?? 0 }
    }
}
