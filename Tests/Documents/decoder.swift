// SPDX-License-Identifier: Apache-2.0
// What a snippet takes for granted: the bytes of an object, a sample.
func snippet(bytes: [UInt8], sample: RawSpan) throws {
    // SNIPPET
}
