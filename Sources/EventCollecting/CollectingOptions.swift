// SPDX-License-Identifier: Apache-2.0

internal import BPFCore
internal import EventStream
package import ToolSupport

/// What one run collects, and where it goes.
package struct CollectingOptions {
    /// The pins of the maps.
    package var mapPaths: [String]
    /// A file, a FIFO, a socket, or `-` for stdout.
    package var output: String
    /// What the stream is, and what it says of its events.
    package var capture: CaptureOptions
    /// What a capture says of this host.
    package var host = HostOptions.Host()
    /// Whether only the newest events are kept, and when they are written.
    package var recorder: RecorderOptions
    /// How the file is kept.
    package var file: OutputOptions.File
    /// Data pages of each CPU's ring; nil for as many as fit the machine.
    package var pages: Int?
    /// How long an event may wait.
    package var latency: DurationArgument?
    /// Bytes that wait in memory while the reader of the output stalls.
    package var spill: SizeArgument?
    /// Whether the pins are removed at the end.
    package var unpin = false
    /// Who the process becomes once everything is open.
    package var user: String?
    /// When the run ends by itself.
    package var duration: DurationArgument?
    /// Where the process's number is written.
    package var pidFile: String?
    /// Whether the account is printed at the end.
    package var stats = false
    /// Where the account is written as JSON.
    package var statsFile: String?
    /// Where the account is written as metrics.
    package var metrics: String?
    /// The maps in which programs count what finds no room in ring buffers: pins or ids, with several maps each behind
    /// `PIN-NAME=`.
    package var lostCounts: [String] = []
    /// When maps that no events come from are read; nil if there must be none.
    package var snapshots: SnapshotTimes?
    /// How many elements of a map the metrics have at most.
    package var metricsLimit = 1000
    /// What is said of histograms in the metrics: `MAP[.FIELD][:SCALE]`.
    package var histograms: [String] = []
    /// Whether nothing is written but metrics and accounts.
    package var hasNoStream = false
    /// Whether maps are taken from the daemon that drains them.
    package var takeover = false

    /// Options of a run for which nothing else was asked.
    ///
    /// - Parameters:
    ///   - capture: As ArgumentParser has read it: before, options have no values.
    ///   - recorder: The same.
    package init(
        mapPaths: [String], output: String, capture: CaptureOptions, recorder: RecorderOptions, file: OutputOptions.File
    ) {
        self.mapPaths = mapPaths
        self.output = output
        self.capture = capture
        self.recorder = recorder
        self.file = file
    }

    /// Whether a path leads to a pin, so that it is no output.
    package static func isPin(_ path: String) -> Bool { NearPins.isBPFFileSystem(path) }

    /// How long events may wait.
    var drainLatency: ReaderLatency { ReaderLatency(deadline: latency.map { .milliseconds($0.milliseconds) }) }

    /// Where the programs count what finds no room in the ring buffer of a pin.
    func lostCounts(of pin: String) -> String? {
        let prefix = pin + "="
        let named = lostCounts.last { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }
        return named ?? (mapPaths.count == 1 ? lostCounts.last : nil)
    }

    /// What the events are written as.
    var streamFormat: StreamWriter.Format {
        if recorder.isOn { return .capture }
        // Frames take nothing of maps.
        return hasNoStream ? .frames : capture.streamFormat(maps: mapPaths.count, readsMaps: snapshots != nil)
    }
}
