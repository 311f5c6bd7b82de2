// SPDX-License-Identifier: Apache-2.0

internal import BasicContainers
public import Records

/// Reads a BPF ring buffer (`BPF_MAP_TYPE_RINGBUF`, Linux 5.8).
///
/// All CPUs write to one ring buffer, and samples come out in the order in which programs reserved room for them.
/// What nobody has read stays in the map, also when its reader ends: the next one goes on there.
/// A ring buffer has one reader at a time; a second one is noticed and ends with an error.
///
/// ```swift
/// var reader = try RingReader(pinnedAt: "/sys/fs/bpf/rb")
/// while true {
///     try reader.wait()
///     try reader.drain { sample in print(sample.bytes.byteCount) }
/// }
/// ```
///
/// A program whose sample finds no room is told so (`bpf_ringbuf_output` returns `-EAGAIN`, `bpf_ringbuf_reserve` NULL),
/// and nobody else: the ring buffer does not count what was lost. A program that counts it in a map
/// (`Examples/include/ringbuf_lost.h`) tells it: ``countLosses(in:)``. Without that ``mayHaveLost`` is what can be seen from here.
public struct RingReader: ~Copyable, Sendable {
    private var group: ReaderGroup

    /// Maps a ring buffer.
    ///
    /// - Parameters:
    ///   - map: A map of type `ringbuf`; it may be closed afterwards.
    ///   - latency: How late samples may be.
    /// - Throws: `BPFError` of operation `mapRing`: the map is of another type, frozen, or open for reading only.
    public init(_ map: borrowing Map, latency: ReaderLatency = ReaderLatency()) throws(BPFError) {
        var group = try ReaderGroup(latency: latency)
        try group.add(ringBuffer: map)
        self.group = group
    }

    /// Opens and maps a pinned ring buffer.
    ///
    /// - Parameters:
    ///   - path: An absolute path in a bpf file system.
    ///   - latency: How late samples may be.
    /// - Throws: `BPFError` of operation `openPin`, `reuseMap` or `mapRing`.
    public init(pinnedAt path: String, latency: ReaderLatency = ReaderLatency()) throws(BPFError) {
        let map = try Map(pinnedAt: path)
        try self.init(map, latency: latency)
    }

    /// The bytes of the ring buffer, a power of two (`max_entries`).
    public var size: Int { group.buffers[0].size }

    /// The most bytes that were seen in the ring buffer at once, headers and samples that are being written included.
    public var fullest: Int { group.buffers[0].fullest }

    /// Takes in where programs count what finds no room; ``account`` then has how many samples were lost.
    ///
    /// - Parameter counts: A per-CPU array with one value of 8 bytes (`RINGBUF_LOST`); it may be closed afterwards. What it
    ///   has by now was lost before.
    /// - Throws: `BPFError` of operation `mapRing` or `mapElement`.
    public mutating func countLosses(in counts: borrowing Map) throws(BPFError) {
        try group.countLosses(of: group.buffers[0].source, in: counts)
    }

    /// Looks what programs have counted of lost samples; done once a second while samples come.
    public mutating func countLosses(into sink: inout some SampleSink & ~Copyable) { group.countLosses(into: &sink) }

    /// Whether programs may have found no room and nobody counts it: at the fullest that was seen, a sample like the largest would not have
    /// fitted.
    public var mayHaveLost: Bool { group.buffers[0].mayHaveLost }

    /// Whether nothing is there to be read, not even a sample that is being written.
    public var isEmpty: Bool { group.buffers[0].isEmpty }

    /// What went through.
    public var account: RingAccount { group.buffers[0].account }

    /// Wakes a wait from another thread.
    public var waker: Waker { group.waker }

    /// Waits until something is there to be drained, somebody wakes the reader, or the time is up.
    ///
    /// - Parameter milliseconds: 0 only looks; a negative number waits for ever.
    /// - Returns: Whether something is there, also if its program woke nobody.
    @discardableResult
    public mutating func wait(milliseconds: Int = -1) throws(BPFError) -> Bool {
        try group.wait(milliseconds: milliseconds)
    }

    /// Hands what is there to a sink, at most 512 KiB.
    ///
    /// - Throws: `BPFError` of operation `drainRing`; samples in front of a record that cannot be true are handed on first.
    @discardableResult
    public mutating func drain(into sink: inout some SampleSink & ~Copyable) throws(BPFError) -> DrainRound {
        try group.drain(into: &sink)
    }

    /// Hands every sample that is there to a closure, and gives its room back to the programs.
    ///
    /// Samples that come meanwhile are left to the next call. The room is given back a quarter at a time, so that programs can go
    /// on while a slow `body` works.
    ///
    /// - Parameter body: Gets a sample, valid during the call. The sample for which it throws counts as read.
    /// - Returns: The number of samples.
    /// - Throws: What `body` throws, and `BPFError` of operation `drainRing`.
    @discardableResult
    public mutating func drain(_ body: (Sample) throws -> Void) throws -> Int {
        try group.drain(body)
    }
}
