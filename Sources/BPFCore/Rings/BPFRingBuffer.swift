// SPDX-License-Identifier: Apache-2.0

internal import BPFObject
internal import CBPF
internal import Diagnostics
public import EventStream
internal import SystemPackage

/// The reading side of a BPF ring buffer (`BPF_MAP_TYPE_RINGBUF`, Linux 5.8).
///
/// All CPUs write to one ring buffer, and samples come out in the order in which programs reserved room for them.
/// What nobody has read stays in the map, also when its reader ends: the next one goes on there.
/// A ring buffer has one reader at a time; a second one is noticed and ends with an error.
///
/// ```swift
/// var ring = try BPFRingBuffer(pinnedAt: "/sys/fs/bpf/rb")
/// while true {
///     _ = ring.wait(milliseconds: 100)
///     _ = try ring.drain { sample in print(sample.byteCount) }
/// }
/// ```
///
/// A program whose sample finds no room is told so (`bpf_ringbuf_output` returns `-EAGAIN`, `bpf_ringbuf_reserve` NULL),
/// and nobody else: the ring buffer does not count what was lost. ``fullest`` is what can be seen of it from here.
public struct BPFRingBuffer: ~Copyable {
    private let mapping: RingBufferMapping
    private let map: OwnedDescriptor
    /// Our own copy of the consumer's position: what stands in the shared page is for the kernel.
    public private(set) var position: UInt64
    /// The most bytes that were seen in the ring buffer at once, headers and records that are being written included.
    ///
    /// If it comes near ``size``, programs may have found no room.
    public private(set) var fullest = 0

    /// The part of the ring buffer that is read before it is given back to the programs.
    private static let share = 4

    /// Maps a ring buffer.
    ///
    /// - Parameter map: A map of type `ringbuf`; it may be closed afterwards.
    /// - Throws: `BPFError` of operation `mapRing`: the map is of another type, frozen, or open for reading only.
    public init(map: borrowing MapHandle) throws(BPFError) {
        let info = try map.info()
        try Self.check(info)
        do throws(Errno) {
            let number = cbpf_duplicate(map.descriptor.rawValue)
            guard number >= 0 else { throw .last }
            let descriptor = OwnedDescriptor(owning: number)
            let mapping = try RingBufferMapping.map(number, size: Int(info.maxEntries))
            self.init(mapping: mapping, map: descriptor)
        } catch {
            throw Self.failure(error, info)
        }
    }

    private init(mapping: consuming RingBufferMapping, map: consuming OwnedDescriptor) {
        position = mapping.consumer
        self.mapping = mapping
        self.map = map
    }

    /// Opens and maps a pinned ring buffer.
    ///
    /// - Parameter path: An absolute path in a bpf file system.
    /// - Throws: `BPFError` of operation `openPin`, `reuseMap` or `mapRing`.
    public init(pinnedAt path: String) throws(BPFError) {
        let map = try MapHandle.open(pinnedAt: path)
        try self.init(map: map)
    }

    /// The bytes of the ring buffer, a power of two (`max_entries`).
    public var size: Int { mapping.size }

    /// The map's descriptor, readable while something is there: for poll(2), epoll(7) and their like.
    ///
    /// It is readable too while a program is writing the first record that is left, which a drain does not take yet.
    /// Programs may output without waking anybody (`BPF_RB_NO_WAKEUP`), so no wait should be for ever.
    public var descriptor: Int32 { map.rawValue }

    /// The position after the last byte that programs have reserved.
    public var producerPosition: UInt64 { mapping.producer }

    /// Whether nothing is there to be read, not even a record that is being written.
    public var isEmpty: Bool { mapping.producer == position }

    /// Waits until something is there or the time is up.
    ///
    /// - Parameter milliseconds: 0 only looks; a negative number waits for ever, unless a signal comes.
    /// - Returns: Whether something is there, also if its program woke nobody.
    public func wait(milliseconds: Int) -> Bool {
        var entry = pollfd(fd: map.rawValue, events: Int16(POLLIN), revents: 0)
        // Whatever poll(2) returns, EINTR included: the positions tell.
        _ = unsafe poll(&entry, 1, Int32(clamping: milliseconds))
        return !isEmpty
    }

    /// Hands out every sample that is there, and gives its room back to the programs.
    ///
    /// Samples that come meanwhile are left to the next call. The room is given back a part of the ring buffer at a time,
    /// so that programs can go on while a slow `body` works.
    ///
    /// - Parameter body: Gets the bytes of a sample as its program wrote them, valid during the call. The sample for
    ///   which it throws counts as read: the next call begins behind it.
    /// - Returns: The number of samples.
    /// - Throws: What `body` throws, and `BPFError` of operation `drainRing`.
    public mutating func drain(_ body: (RawSpan) throws -> Void) throws -> Int {
        let end = mapping.producer
        let batch = UInt64(mapping.size / Self.share)
        var samples = 0
        while true {
            let start = position
            var reached = start
            var failure: (any Error)?
            do throws(RingBufferError) {
                let area = mapping.area
                var cursor = try RingBufferCursor(area, from: start, to: end)
                batch: while reached &- start < batch {
                    let record = try cursor.next()
                    reached = cursor.position
                    switch record {
                    case .sample(let range):
                        samples += 1
                        do { try body(area.extracting(range)) } catch {
                            failure = error
                            break batch
                        }
                    case .discarded: continue
                    case .busy, .end: break batch
                    }
                }
            } catch {
                failure = Self.failure(error)
            }
            if reached != start { try release(to: reached) }
            if let failure { throw failure }
            guard reached &- start >= batch else { return samples }
        }
    }

    /// Moves samples into a frame writer, and gives their room back to the programs.
    ///
    /// - Parameters:
    ///   - writer: Takes the samples; a sample has at most ``size`` bytes.
    ///   - limit: The bytes to read at most, of those that are there.
    /// - Throws: `BPFError` of operation `drainRing`; samples in front of a record that cannot be true are moved first.
    public mutating func drain(
        into writer: inout StreamWriter, limit: Int = .max
    ) throws(BPFError) -> RingBufferRecords.Pass {
        let end = mapping.producer
        let pass = RingBufferRecords.drain(
            mapping.area, from: position, to: end, limit: UInt64(max(limit, 1)), into: &writer)
        if pass.position != position {
            try release(to: pass.position)
        } else if case .failure(let error) = pass.stop {
            throw Self.failure(error)
        }
        return pass
    }

    private mutating func release(to new: UInt64) throws(BPFError) {
        guard mapping.release(from: position, to: new) else {
            throw BPFError(
                .drainRing, "the ring buffer has another reader",
                cause:
                    "its consumer position was moved by somebody else, so some samples were read twice or not at all",
                nextStep: "end the other reader: a ring buffer has room for one", exitStatus: .io)
        }
        fullest = max(fullest, Int(clamping: mapping.producer &- position))
        position = new
    }
}

extension BPFRingBuffer {
    /// `BPF_F_RB_OVERWRITE` (Linux 6.19): programs write over what nobody has read.
    private static let overwriteFlag: UInt32 = 1 << 19

    private static func check(_ info: MapHandle.Info) throws(BPFError) {
        guard info.type == MapType.ringbuf.rawValue else {
            throw BPFError(
                .mapRing, "map \(info.name) (id \(info.id)) is not a ring buffer",
                cause: "it is of type \(MapType(rawValue: info.type))",
                nextStep: "use a map of type ringbuf", exitStatus: .badData)
        }
        guard info.flags & overwriteFlag == 0 else {
            throw BPFError(
                .mapRing, "cannot read ring buffer \(info.name) (id \(info.id))",
                cause: "its programs write over what nobody has read (BPF_F_RB_OVERWRITE), so no record stands still",
                nextStep: "define the map without that flag", exitStatus: .badData)
        }
        let size = Int(info.maxEntries)
        guard size > 0, size & (size - 1) == 0, size % RingMapping.pageSize == 0 else {
            throw BPFError(
                .mapRing, "ring buffer \(info.name) (id \(info.id)) has an impossible size: \(size) bytes",
                exitStatus: .badData)
        }
    }

    private static func failure(_ errno: Errno, _ info: MapHandle.Info) -> BPFError {
        let message = "cannot map ring buffer \(info.name) (id \(info.id))"
        switch errno {
        case .notPermitted:
            return BPFError(
                .mapRing, errno: errno, message,
                cause: "the map is frozen (BPF_MAP_FREEZE), and its reader must write how far it has read",
                nextStep: "create it anew and leave it unfrozen")
        case .permissionDenied:
            return BPFError(
                .mapRing, errno: errno, message,
                cause: "it was opened for reading only, and its reader must write how far it has read",
                nextStep: "open it for reading and writing")
        case .noMemory:
            return BPFError(
                .mapRing, errno: errno, message,
                cause: "there is no memory for \(2 * Int(info.maxEntries)) bytes of it",
                nextStep: "make the ring buffer smaller, or raise the limit of address space (ulimit -v)",
                exitStatus: .io)
        case .tooManyOpenFiles:
            return BPFError(
                .mapRing, errno: errno, message, nextStep: "raise the limit of descriptors: ulimit -n 4096",
                exitStatus: .io)
        default:
            return BPFError(.mapRing, errno: errno, message)
        }
    }

    private static func failure(_ error: RingBufferError) -> BPFError {
        let diagnostic = error.diagnostic
        return BPFError(
            .drainRing, diagnostic.message, cause: diagnostic.cause, nextStep: diagnostic.nextStep,
            exitStatus: diagnostic.exitStatus)
    }
}
