// SPDX-License-Identifier: Apache-2.0

/// Tells events of one type from those of others in the same map: a field of theirs has a value.
public struct EventTag: Sendable, Equatable {
    /// The field's name, which all types of the map have at the same place.
    public let field: String
    /// The value; one of a `u64` beyond `Int64.max` by its bits.
    public let value: Int64

    /// Creates a tag.
    public init(field: String, value: Int64) {
        self.field = field
        self.value = value
    }
}
