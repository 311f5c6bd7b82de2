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

    /// - Parameter bytes: After how many there is no room.
    init(writer: consuming StreamWriter, bytes: Int) {
        self.writer = writer
        left = bytes
    }

    mutating func begin(_ head: SnapshotHead) -> Bool {
        guard writer.begin(head) else { return false }
        metrics?.begin(head)
        return true
    }

    mutating func take(key: RawSpan, values: RawSpan) -> Bool {
        guard left > 0, writer.take(key: key, values: values) else { return false }
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
