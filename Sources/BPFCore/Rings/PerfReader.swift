// SPDX-License-Identifier: Apache-2.0

internal import BasicContainers
public import Diagnostics
public import Records

/// Reads the rings of all CPUs behind one perf event array (`BPF_MAP_TYPE_PERF_EVENT_ARRAY`).
///
/// ```swift
/// var reader = try PerfReader(map)
/// while true {
///     try reader.wait()
///     try reader.drain { sample in
///         print(sample.cpu ?? 0, sample.time ?? 0, sample.bytes.byteCount)
///     } lost: { loss in
///         print("lost \(loss.samples ?? 0) on CPU \(loss.cpu ?? 0)")
///     }
/// }
/// ```
///
/// From its opening on programs that output into the array are heard; when the reader ends its slots are empty again. Only the
/// last of several readers of one array gets samples.
public struct PerfReader: ~Copyable, Sendable {
    private var group: ReaderGroup

    /// How rings are opened.
    public struct Options: Sendable {
        /// Data pages of each ring, a power of two; nil is for 2 MiB, and less where all rings together would have more than
        /// 64 MiB.
        public var pages: Int?
        /// Whether the kernel tells process, thread and time with each sample, 16 bytes of the ring.
        public var hasContext = true
        /// Whether the process will give up its privilege while it reads: it may then be unable to change how programs wake
        /// it, and begins with what costs them least.
        public var dropsPrivilege = false
        /// Whether programs may wake the reader at every sample.
        package var wakesAtOnce = true
        /// Whether the newest samples stay in the rings, written backwards, in place of being drained:
        /// ``PerfRings/copy(_:)``.
        package var keepsNewest = false
        /// Where the kernel tells of its CPUs.
        package var roots = KernelRoots()

        /// What the kernel puts into each sample.
        var layout: PerfRecords.Layout { hasContext ? .context : .raw }

        var mode: RingPace.Mode { dropsPrivilege || keepsNewest ? .busy : .quiet }

        /// Creates the usual options.
        public init(pages: Int? = nil) {
            self.pages = pages
        }
    }

    /// Opens a ring for each CPU that runs, and sets the slots of the array.
    ///
    /// - Parameters:
    ///   - map: A perf event array; it may be closed afterwards.
    ///   - options: How rings are opened.
    ///   - latency: How late samples may be.
    /// - Throws: `BPFError` of operation `openRing` or `mapElement`; of `reuseMap` if the array has no slot for a CPU; of
    ///   `mapRing` if the map is of another type.
    public init(
        _ map: borrowing Map, options: Options = Options(), latency: ReaderLatency = ReaderLatency()
    ) throws(BPFError) {
        var group = try ReaderGroup(latency: latency)
        try group.add(perfEventArray: map, 0, options)
        self.group = group
    }

    /// The CPUs that have a ring now.
    public var cpus: [Int] { group.arrays[0].cpus }

    /// What went through the ring of each CPU.
    public var accounts: [RingAccount] { group.accounts }

    /// Wakes a wait from another thread.
    public var waker: Waker { group.waker }

    /// What the user should know since the last call: rings that are smaller than was asked for, CPUs that came and went.
    public mutating func takeNotes() -> [Diagnostic] { group.takeNotes() }

    /// Waits until something is there to be drained, somebody wakes the reader, or the time is up; within a second in any
    /// case, so that a drain looks after CPUs that go and come.
    ///
    /// - Parameter milliseconds: 0 only looks; a negative number waits for ever.
    /// - Returns: Whether something is there.
    @discardableResult
    public mutating func wait(milliseconds: Int = -1) throws(BPFError) -> Bool {
        try group.wait(milliseconds: milliseconds)
    }

    /// Hands what is there to a sink.
    @discardableResult
    public mutating func drain(into sink: inout some SampleSink & ~Copyable) throws(BPFError) -> DrainRound {
        try group.drain(into: &sink)
    }

    /// Hands what is there to a closure, the samples of each CPU in their order.
    ///
    /// - Parameters:
    ///   - body: Gets a sample, valid during the call. The sample for which it throws counts as read.
    ///   - lost: Gets the losses, in their places between the samples.
    /// - Returns: The number of samples.
    /// - Throws: What the closures throw.
    @discardableResult
    public mutating func drain(
        _ body: (Sample) throws -> Void, lost: (SampleLoss) throws -> Void = { _ in }
    ) throws -> Int {
        try group.drain(body, lost: lost)
    }

    /// Asks the kernel for losses that no ring has told of, such as those behind the last sample (`PERF_FORMAT_LOST`, Linux
    /// 6.0); done once a second while samples come.
    public mutating func countLosses(into sink: inout some SampleSink & ~Copyable) { group.countLosses(into: &sink) }
}
