// SPDX-License-Identifier: Apache-2.0

package import EventDecoding
package import EventSummaries

/// What stands beside a picture: what it is of, what its weights count, and what it lacks.
package struct PictureLegend: Sendable {
    /// What it is of.
    package var title = ""
    /// Where and when that was.
    package var origin = ""
    /// What weights count: `events`, or the name of a field.
    package var weight = "events"
    /// Their unit.
    package var unit = SummaryUnit.none
    /// What the picture lacks: events that were lost, stacks that are not known.
    package var notes: [String] = []
    /// What made it.
    package var exporter = ""

    /// Creates a legend that says nothing; set the parts afterwards.
    package init() {}

    /// Appends a weight for eyes.
    package func append(_ weight: UInt64, to line: inout LineBuffer) {
        unit.append(Int128(weight), scale: 1, to: &line)
        guard case .time = unit else {
            line.append(" ")
            return line.appendEscaped(self.weight, quoted: false)
        }
    }

    /// A weight for eyes.
    package func amount(_ weight: UInt64) -> String {
        var line = LineBuffer(capacity: 128)
        append(weight, to: &line)
        return String(decoding: line.take(from: 0), as: UTF8.self)
    }
}
