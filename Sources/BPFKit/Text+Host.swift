// SPDX-License-Identifier: Apache-2.0

#if !hasFeature(Embedded)
    extension Text: CustomStringConvertible {
        /// The text up to its NUL, as the program of the host reads it; what is no UTF-8 is replaced by U+FFFD.
        ///
        /// It is whatever a process chose: ``description`` is the form for terminals.
        public var string: String {
            String(decoding: (0..<capacity).lazy.map { bytes[$0] }.prefix { $0 != 0 }, as: UTF8.self)
        }

        /// The text with what a terminal would obey written as `\u{1b}`.
        public var description: String {
            string.unicodeScalars.reduce(into: "") { text, scalar in
                switch scalar.properties.generalCategory {
                case .control, .format, .lineSeparator, .paragraphSeparator: text += scalar.escaped(asASCII: true)
                default: text.unicodeScalars.append(scalar)
                }
            }
        }
    }
#endif
