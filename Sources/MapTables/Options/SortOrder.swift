// SPDX-License-Identifier: Apache-2.0

/// What rows are sorted by: `-value.bytes,key.pid`.
package struct SortOrder: Sendable, Equatable {
    /// One of the fields.
    package struct Field: Sendable, Equatable {
        /// Its name, as ``DecodingPlan/field(_:)`` takes it.
        package let name: String
        /// Whether the largest values come first.
        package let isDescending: Bool
    }

    /// The fields; those behind decide where the ones in front are equal.
    package let fields: [Field]

    /// Reads a list of fields; a minus sign in front of one means descending.
    ///
    /// - Returns: Nil if a field has no name, or there are more than ``limit``.
    package init?(parsing text: String) {
        var fields: [Field] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            var name = part[...]
            while name.first == " " { name.removeFirst() }
            while name.last == " " { name.removeLast() }
            let isDescending = name.first == "-"
            if isDescending { name.removeFirst() }
            guard !name.isEmpty, !name.contains(" "), fields.count < Self.limit else { return nil }
            fields.append(Field(name: String(name), isDescending: isDescending))
        }
        self.fields = fields
    }

    /// Fields of one order.
    package static let limit = 16
}
