// SPDX-License-Identifier: Apache-2.0

/// Why something tells no type of events, as a clause for a note.
struct EventFault: Error {
    let words: String
}
