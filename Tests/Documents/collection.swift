// SPDX-License-Identifier: Apache-2.0
// What a snippet takes for granted: an object that was loaded.
import BPF

func snippet(programs: inout BPFCollection) async throws {
    // SNIPPET
}
