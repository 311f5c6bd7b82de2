// SPDX-License-Identifier: Apache-2.0

internal import EventStream
internal import Records

/// The stacks of the captures of files, read before their events are shown.
///
/// Maps of stacks are read at the end of a collection, or now and then: in a file the numbers of stacks come in front of
/// the stacks that they stand for. A number that stands for several stacks over time has the first one here: the others
/// come in front of the events that have them, or not at all.
struct StacksAhead {
    private var captures: [(header: CaptureHeader, table: StackTable)] = []
    /// The capture that is read, as long as it has no stacks.
    private var header: CaptureHeader?
    /// Its maps of stacks, and whether those are by build ids.
    private var sources: [UInt32: Bool] = [:]
    /// Whether there is nothing to read on for: events begin, and no map of stacks was named.
    private var isDone = false

    /// Captures of a file that are kept apart.
    private static let captureLimit = 1024
    /// Text in the header of each.
    private static let headerLimit = 4096

    /// Nothing was read yet.
    init() {}

    /// Reads a file from its start to its end, or to its first event if no map of stacks is named in front of it.
    ///
    /// What is damaged or cut is not told here: the file is read once more.
    ///
    /// - Parameter path: The file.
    mutating func read(_ path: String) throws(InputFailure) {
        (header, sources, isDone) = (nil, [:], false)
        do throws(EventInput.Failure) {
            var input = try EventInput.open(path)
            var reader = CaptureReader()
            var chunk = [UInt8](repeating: 0, count: 1 << 17)
            var isFirst = true
            while !isDone, let count = try input.read(into: &chunk), count > 0 {
                if isFirst {
                    guard count >= 4, unsafe CaptureReader.isCapture(firstBytes: chunk.span.bytes) else { return }
                    isFirst = false
                }
                do throws(CaptureError) {
                    try unsafe reader.read(chunk.span.extracting(0..<count).bytes) { item, _ in take(item) }
                } catch {
                    return
                }
            }
        } catch {
            throw InputFailure(diagnostic: error.diagnostic)
        }
    }

    /// The stacks of a capture; nil if it has none.
    func table(of header: CaptureHeader) -> StackTable? {
        captures.first { known in
            var header = header
            // The user may know better what the clock was.
            header.bootOffset = known.header.bootOffset
            return known.header == header
        }?.table
    }

    private mutating func take(_ item: CaptureItem) {
        switch item {
        case .header(let header):
            guard header != self.header else { return }
            self.header = header
            sources = [:]
        case .source(let source):
            sources[source.number] = source.holdsStacks ? source.hasBuildIDs : nil
        case .records: if sources.isEmpty { isDone = true }
        case .snapshot(var snapshot):
            guard let byBuildIDs = sources[snapshot.head.source], let table = current() else { return }
            table.take(&snapshot, byBuildIDs: byBuildIDs, keepsFirst: true)
        case .loss, .clock, .schema, .names, .process, .text, .missing, .damage, .end, .other: break
        }
    }

    /// The table of the capture that is read; nil if there are too many.
    private mutating func current() -> StackTable? {
        guard let header else { return nil }
        // Of all captures together no more is kept than of one.
        let used = captures.reduce(0) { $0 + $1.table.used }
        guard used < StackTable.limit else { return nil }
        if let known = table(of: header) { return known }
        guard captures.count < Self.captureLimit, header.textBytes <= Self.headerLimit else { return nil }
        let table = StackTable(limit: StackTable.limit - used)
        captures.append((header, table))
        return table
    }
}

extension CaptureHeader {
    /// Bytes of the text in it.
    fileprivate var textBytes: Int {
        [host, kernel, machine, onlineCPUs, writer, bootID].reduce(0) { $0 + $1.utf8.count }
    }
}
