// SPDX-License-Identifier: Apache-2.0

internal import BPFObject
internal import CBPF
internal import Diagnostics
public import Records

/// Reads the newest records of a ring buffer in overwrite mode (`BPF_F_RB_OVERWRITE`, Linux 6.19).
///
/// The newest record takes the room of the oldest, so the last ones can be had at any time. A program finds room but where
/// an unfinished record is in the way.
///
/// ```swift
/// let reader = try OverwrittenRingReader(pinnedAt: "/sys/fs/bpf/rb")
/// // ... something happened:
/// try reader.readNewest { sample in print(sample.bytes.byteCount) }
/// ```
///
/// It reads and writes nothing, so any number of readers may have the ring buffer at once. What programs write over while it
/// is copied is left out; what comes out is whole, in order, and the newest that there was.
public struct OverwrittenRingReader: ~Copyable, Sendable {
    private let mapping: OverwrittenMapping
    /// The number of the map, in the context of its samples.
    public let source: UInt32
    /// What the map is called in messages.
    private let label: String

    /// A program finishes a record in no time: as often it is looked again for one that is being written, a fifth of a
    /// millisecond apart.
    private static let patience = 25
    /// Programs may write faster than a small ring buffer can be read.
    private static let attempts = 64

    /// What came out of the ring buffer at one time.
    public struct Pass: Sendable, Equatable {
        /// The samples that were handed on.
        public var samples = 0
        /// Samples that were there at first and were overwritten while they were copied; nil if it is not known how many.
        public var overwritten: Int? = 0
        /// Samples that a program was still writing.
        public var unfinished = 0
    }

    /// Maps a ring buffer.
    ///
    /// - Parameters:
    ///   - map: A map of type `ringbuf` in overwrite mode; it may be closed afterwards.
    ///   - source: The number of the map in the context of its samples.
    /// - Throws: `BPFError` of operation `mapRing`: the map is another one.
    public init(_ map: borrowing Map, source: UInt32 = 0) throws(BPFError) {
        let info = try map.info()
        guard info.type == .ringbuf else { throw info.isNot("a ringbuf") }
        guard info.overwrites else {
            throw BPFError(
                .mapRing, .ringOtherType, "ring buffer \(info.name) (id \(info.id)) is not in overwrite mode",
                cause: "it was made without BPF_F_RB_OVERWRITE", nextStep: "drain it: RingReader, ReaderGroup")
        }
        let size = Int(info.maxEntries)
        guard size > 0, size & (size - 1) == 0, size % MemoryPage.size == 0 else {
            throw BPFError(
                .mapRing, .ringDamaged, "ring buffer \(info.name) (id \(info.id)) has an impossible size: \(size) bytes"
            )
        }
        let descriptor = try OwnedDescriptor.duplicate(of: map.descriptor.rawValue, "a map")
        do throws(Errno) {
            let mapping = try OverwrittenMapping.map(descriptor.rawValue, size: size)
            self.init(mapping, source, "\(info.name) (id \(info.id))")
        } catch {
            throw RingBuffer.failure(error, info)
        }
    }

    private init(_ mapping: consuming OverwrittenMapping, _ source: UInt32, _ label: String) {
        self.mapping = mapping
        self.source = source
        self.label = label
    }

    /// Opens and maps a pinned ring buffer.
    ///
    /// - Parameter path: An absolute path in a bpf file system.
    public init(pinnedAt path: String) throws(BPFError) {
        try self.init(Map(pinnedAt: path))
    }

    /// The bytes of the ring buffer, a power of two (`max_entries`).
    public var size: Int { mapping.size }

    /// The position after the last byte that programs have reserved.
    package var producerPosition: UInt64 { mapping.producer }

    /// Hands the newest samples to a closure, the oldest of them first.
    ///
    /// - Parameter body: Gets a sample, valid during the call; what it throws ends the reading.
    /// - Returns: How many there were, and what is missing at the front.
    /// - Throws: What `body` throws, and `BPFError` of operation `drainRing`.
    @discardableResult
    public func readNewest(_ body: (Sample) throws -> Void) throws -> Pass {
        try withoutActuallyEscaping(body) { body in
            var sink = ClosureSink(body, lost: { _ in })
            let copied = try copy()
            var pass = copied.pass
            pass.samples = copied.deliver(from: copied.first, to: &sink).samples
            if let failure = sink.failure { throw failure }
            return pass
        }
    }

    /// Copies the newest records.
    ///
    /// - Parameter start: The position of a record: those before it are left out.
    /// - Throws: `BPFError` of operation `drainRing`: a record cannot be true, or programs write too fast.
    package func copy(from start: UInt64? = nil) throws(BPFError) -> Copy {
        var patience = Self.patience
        var doubts = Self.patience
        for _ in 0..<Self.attempts {
            let end = mapping.producer
            let overwritten = mapping.overwritten
            // They are read one after the other, and programs may have gone round meanwhile.
            guard !OverwrittenWindow.isLater(overwritten, end), end &- overwritten <= UInt64(mapping.size) else {
                continue
            }
            var from = overwritten
            if let start, OverwrittenWindow.isLater(start, from) { from = start }
            switch OverwrittenWindow.look(mapping.area, from: from, to: end, overwritten: { mapping.overwritten }) {
            case .overtaken: continue
            case .failure(let error):
                // It is believed only of what was not written over meanwhile.
                if doubts > 0, OverwrittenWindow.isLater(mapping.settledOverwritten, from) {
                    doubts -= 1
                    continue
                }
                throw BPFError(
                    .drainRing, .ringDamaged, "ring buffer \(label) cannot be read",
                    cause: error.diagnostic.cause ?? error.diagnostic.message,
                    nextStep: "make it anew: remove its pin, load its program again")
            case .window(let window):
                if !window.unfinished.isEmpty, patience > 0 {
                    patience -= 1
                    usleep(200)
                    continue
                }
                if let copy = try copy(window, since: start) { return copy }
            }
        }
        throw BPFError(
            .drainRing, .ringOverwrites, "ring buffer \(label) cannot be read",
            cause: "programs write over all \(mapping.size) bytes of it faster than they are copied",
            nextStep: "make it larger (max_entries)")
    }

    /// - Returns: Nil if all of it was overwritten.
    private func copy(_ window: OverwrittenWindow, since start: UInt64?) throws(BPFError) -> Copy? {
        let length = Int(window.end &- window.start)
        var memory: RingCopy
        do throws(Errno) {
            memory = try RingCopy(byteCount: length)
        } catch {
            throw BPFError(
                .drainRing, .ringMemory, errno: error, "cannot copy ring buffer \(label)",
                cause: "there is no memory for \(length) bytes")
        }
        let at = Int(window.start & UInt64(mapping.size - 1))
        memory.append(mapping.area.extracting(at..<(at + length)))
        let overwritten = mapping.settledOverwritten
        guard !OverwrittenWindow.isLater(overwritten, window.end) else { return nil }
        let first = OverwrittenWindow.isLater(overwritten, window.start) ? overwritten : window.start
        // Headers that were looked at as they were written over may have led beside the last record.
        if first != window.start {
            let areWhole = OverwrittenRecords(memory.bytes, window).areWhole(from: first)
            guard areWhole else { return nil }
        }
        var pass = Pass(unfinished: window.unfinished.count)
        pass.overwritten =
            first == window.start
            ? 0 : window.samples - OverwrittenRecords(memory.bytes, window, source: source).samples(from: first)
        // Whoever goes on where he stopped does not know what was in between.
        if let start, OverwrittenWindow.isLater(window.start, start) { pass.overwritten = nil }
        return Copy(memory: memory, window: window, first: first, source: source, pass: pass)
    }

    /// What was copied of a ring buffer.
    package struct Copy: ~Copyable, Sendable {
        private let memory: RingCopy
        private let window: OverwrittenWindow
        /// The position of the first record that is whole.
        package let first: UInt64
        /// The number of the map.
        package let source: UInt32
        /// What is missing.
        package let pass: Pass

        fileprivate init(
            memory: consuming RingCopy, window: OverwrittenWindow, first: UInt64, source: UInt32, pass: Pass
        ) {
            self.memory = memory
            (self.window, self.first) = (window, first)
            (self.source, self.pass) = (source, pass)
        }

        /// The position after the last record.
        package var end: UInt64 { window.end }

        /// The position of the first record that a program was still writing, if there is one.
        package var firstUnfinished: UInt64? {
            let first = first
            return window.unfinished.first { !OverwrittenWindow.isLater(first, $0) }
        }

        /// Hands records to a sink, the oldest first.
        ///
        /// - Parameters:
        ///   - position: Of the first one, as ``first`` or the pass before has it.
        ///   - end: The position of the record to stop in front of; by default all are handed out.
        package func deliver(
            from position: UInt64, to sink: inout some SampleSink & ~Copyable, until end: UInt64? = nil
        ) -> OverwrittenRecords.Pass {
            OverwrittenRecords(memory.bytes, window, source: source).deliver(from: position, to: &sink, until: end)
        }
    }
}

extension Map.Info {
    /// `BPF_F_RB_OVERWRITE` (Linux 6.19): programs write over what nobody has read.
    package var overwrites: Bool { type == .ringbuf && flags & (1 << 19) != 0 }
}
