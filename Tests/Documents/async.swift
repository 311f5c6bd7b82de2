// SPDX-License-Identifier: Apache-2.0
// The statements of an asynchronous function that may throw.
func snippet() async throws {
    // SNIPPET
}
