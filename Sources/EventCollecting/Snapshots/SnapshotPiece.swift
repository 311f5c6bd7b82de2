// SPDX-License-Identifier: Apache-2.0

internal import EventStream
internal import Records

/// Takes a piece of a snapshot into the stream and the metrics: after so many bytes it has no room, so that rings have
/// their turn.
struct SnapshotPiece: ~Copyable, SnapshotSink {
    var writer: StreamWriter
    /// The metrics of the map that is read, if there are any.
    var metrics: MapSamples?
    private var left: Int
    /// The processes whose code a capture tells; nil if no map of it has stacks.
    private let processes: ProcessWatch?
    /// The number of the map that is read.
    private var source: UInt32 = 0

    /// The bytes that the time is worth in which the memory of a process is read.
    private static let reading = 16 << 10

    /// - Parameter bytes: After how many there is no room.
    init(writer: consuming StreamWriter, bytes: Int, _ processes: ProcessWatch? = nil) {
        self.writer = writer
        left = bytes
        self.processes = processes?.isNeeded == true ? processes : nil
    }

    /// Takes in which map is read from here on.
    mutating func begin(source: UInt32) { self.source = source }

    mutating func begin(_ head: SnapshotHead) -> Bool {
        guard writer.begin(head) else { return false }
        metrics?.begin(head)
        return true
    }

    mutating func take(key: RawSpan, values: RawSpan) -> Bool {
        guard left > 0 else { return false }
        if let processes {
            let readings = processes.readings
            let isTaken = processes.take(key: key, values: values, of: source, into: &writer)
            left -= (processes.readings - readings) * Self.reading
            guard isTaken else { return false }
        }
        guard writer.take(key: key, values: values) else { return false }
        left -= key.byteCount + values.byteCount + 16
        metrics?.take(key: key, values: values)
        return true
    }

    mutating func end(_ end: SnapshotEnd) -> Bool {
        guard writer.end(end) else { return false }
        metrics?.end()
        return true
    }

    consuming func release() -> StreamWriter { writer }
}
