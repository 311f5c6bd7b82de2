// SPDX-License-Identifier: Apache-2.0

/// What a place in an event holds.
package enum ValueKind: Sendable, Equatable {
    /// A number without a sign of so many bits.
    case unsigned(bits: Int)
    /// A number with a sign of so many bits.
    case signed(bits: Int)
    /// `bool`.
    case boolean
    /// A floating-point number of 16, 32 or 64 bits.
    case float(bits: Int)
    /// A number with names.
    case enumeration
    /// An address.
    case pointer
    /// `char[count]`; 0 for a flexible one.
    case text(count: Int)
    /// `unsigned char[count]`; 0 for a flexible one.
    case bytes(count: Int)
    /// An array of anything else.
    case array
    /// A structure or union.
    case structure
}
