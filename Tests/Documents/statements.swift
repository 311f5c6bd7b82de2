// SPDX-License-Identifier: Apache-2.0
// The statements of a function that may throw.
func snippet() throws {
    // SNIPPET
}
