// SPDX-License-Identifier: Apache-2.0

/// A function of a program or library.
package struct UserSymbol: Sendable, Equatable {
    /// Its name as the file has it.
    package var name: String
    /// The version of the library that it came with, such as `GLIBC_2.34`; nil if it has none.
    package var version: String?
    /// Whether programs that name no version get another one of the name.
    package var isOldVersion = false
    /// Its address, as the file counts addresses.
    package var address: UInt64
    /// Bytes of its code; 0 if the file does not say.
    package var size: UInt64
    /// Whether one of the same name that is not weak is meant in its place.
    package var isWeak = false
    /// Whether it only chooses the function that is called (`STT_GNU_IFUNC`), once, when the program starts.
    package var isChooser = false
}
