// SPDX-License-Identifier: Apache-2.0

/// What is known of a sample beside its bytes.
public struct SampleContext: Sendable, Equatable {
    /// The number that the reader of the map was given.
    public let source: UInt32
    /// Whether the bytes end in up to 7 that the kernel added (`PERF_SAMPLE_RAW`): so it is in perf rings.
    public let isPadded: Bool
    /// Whether the kernel told process, thread and time.
    @usableFromInline package let isTold: Bool
    @usableFromInline package let rawCPU: UInt32
    /// Process and thread as they stand in the ring: `struct { u32 pid, tid; }`.
    @usableFromInline package let rawProcess: UInt64
    @usableFromInline package let rawTime: UInt64

    /// What is known of a sample in a BPF ring buffer: which one it is.
    ///
    /// - Parameters:
    ///   - source: The number of the ring buffer.
    ///   - cpu: The CPU, if that is known all the same.
    @inlinable
    public init(source: UInt32, cpu: UInt32? = nil) {
        self.init(
            source: source, isPadded: false, isTold: false, rawCPU: cpu ?? .max, rawProcess: .max, rawTime: 0)
    }

    @inlinable
    init(source: UInt32, isPadded: Bool, isTold: Bool, rawCPU: UInt32, rawProcess: UInt64, rawTime: UInt64) {
        self.source = source
        self.isPadded = isPadded
        self.isTold = isTold
        self.rawCPU = rawCPU
        self.rawProcess = rawProcess
        self.rawTime = rawTime
    }

    /// The CPU it was output on; nil for BPF ring buffers, which all CPUs share.
    public var cpu: Int? { rawCPU == .max ? nil : Int(rawCPU) }

    /// When it was output, in ns of `CLOCK_MONOTONIC`, the clock of `bpf_ktime_get_ns`; nil if the ring does not tell.
    public var time: UInt64? { isTold ? rawTime : nil }

    /// The process that it was output in, as the initial namespace has it; nil if the ring does not tell.
    public var pid: UInt32? { isTold ? process.pid : nil }

    /// The thread that it was output in; nil if the ring does not tell.
    public var tid: UInt32? { isTold ? process.tid : nil }

    /// Process and thread taken apart.
    private var process: (pid: UInt32, tid: UInt32) {
        let (low, high) = (UInt32(truncatingIfNeeded: rawProcess), UInt32(truncatingIfNeeded: rawProcess >> 32))
        return 1.littleEndian == 1 ? (low, high) : (high, low)
    }
}

/// A sample as closures get it: its bytes, valid during the call, and what is known of it.
public struct Sample: ~Escapable {
    /// The bytes as the program output them; in perf rings with the kernel's padding to 8 behind them.
    public let bytes: RawSpan
    /// What is known of it.
    public let context: SampleContext

    /// Puts both together.
    @inlinable
    @_lifetime(copy bytes)
    public init(_ bytes: RawSpan, _ context: SampleContext) {
        self.bytes = bytes
        self.context = context
    }

    /// The CPU it was output on; nil for BPF ring buffers, which all CPUs share.
    public var cpu: Int? { context.cpu }
    /// When it was output, in ns of `CLOCK_MONOTONIC`; nil if the ring does not tell.
    public var time: UInt64? { context.time }
}

/// Samples that are missing, at the place where they would have been.
public struct SampleLoss: Sendable, Equatable {
    /// Why samples are missing.
    public enum Cause: Sendable {
        /// The ring was full (`PERF_RECORD_LOST`).
        case ringFull
        /// The ring held what cannot be true.
        case damagedRing
        /// The sink can have no room for a sample of that size.
        case tooLarge
        /// The ring was full before anybody read it.
        case noReader
    }

    /// The number that the reader of the map was given.
    public var source: UInt32
    /// The CPU whose program lost them; nil if it is not known.
    public var cpu: Int?
    /// How many; nil if it is not known.
    public var samples: UInt64?
    /// The time of the last sample before, in ns of `CLOCK_MONOTONIC`; nil if it is not known.
    public var from: UInt64?
    /// The time of the first sample after; nil if it is not known.
    public var to: UInt64?
    /// Why.
    public var cause: Cause

    /// Creates a loss.
    public init(source: UInt32, cpu: Int?, samples: UInt64?, from: UInt64? = nil, to: UInt64? = nil, cause: Cause) {
        self.source = source
        self.cpu = cpu
        self.samples = samples
        self.from = from
        self.to = to
        self.cause = cause
    }
}
