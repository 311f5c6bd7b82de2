// SPDX-License-Identifier: Apache-2.0

/// What was done to a program so that its loads of arguments read those of the system call.
package struct ArgumentRewriting: Sendable, Equatable {
    /// Functions with a copy of the arguments.
    package let functions: Int
    /// Loads that read from a copy.
    package let loads: Int
}
