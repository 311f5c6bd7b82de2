// SPDX-License-Identifier: Apache-2.0

internal import EventDecoding
internal import EventStream
internal import Pictures

/// What pictures lack: events that nobody read, and elements of maps that are in no snapshot.
struct PictureLosses {
    /// Events that are missing, as far as their number is known.
    private(set) var events: UInt64 = 0
    /// Whether events are missing whose number nobody knows.
    private var hasUnknown = false
    private var incomplete: [String] = []

    private static let limit = 8

    mutating func note(_ loss: CaptureLoss) {
        guard let count = loss.events else {
            hasUnknown = true
            return
        }
        events = events.saturating(adding: count)
    }

    mutating func note(incomplete map: String, _ reason: String) {
        let note = "\(map.isEmpty ? "a map" : map): \(reason)"
        if incomplete.count < Self.limit, !incomplete.contains(note) { incomplete.append(note) }
    }

    /// As lines of a legend.
    var notes: [String] {
        var notes: [String] = []
        if events > 0 { notes.append("[lost \(events)] events are missing") }
        if hasUnknown { notes.append("[lost] an unknown number of events is missing") }
        return notes + incomplete
    }
}

/// Where and when a capture was made, as titles have it.
enum PictureOrigin {
    static func text(_ header: CaptureHeader) -> String {
        var line = LineBuffer(capacity: 64)
        ValueFormat.ktime.append(
            Int128(header.began), bits: 64, to: &line, FormatEnvironment(bootOffset: header.bootOffset))
        let time = String(decoding: line.take(from: 0), as: UTF8.self)
        let kernel = header.kernel.isEmpty ? "" : "Linux \(header.kernel)"
        return [header.host, kernel, header.machine, time].filter { !$0.isEmpty }.joined(separator: ", ")
    }
}
