// SPDX-License-Identifier: Apache-2.0

/// What is known of an address of user space.
package struct CodePlace: Sendable, Equatable {
    /// The function as people read it; nil if it is not known.
    package var function: String?
    /// The base name of the file, `[vdso]`, or what else the address lies in; nil if nothing is there.
    package var module: String?
    /// Bytes behind the start of the function; where none is known, those behind the start of the file.
    package var offset: UInt64
    /// The line of the source, `file.c:12`; nil if it is not known.
    package var line: String?
    /// Whether the compiler put the function into the one of the place that follows.
    package var isInlined = false

    /// Creates a place.
    package init(function: String? = nil, module: String? = nil, offset: UInt64 = 0) {
        self.function = function
        self.module = module
        self.offset = offset
    }
}
