// SPDX-License-Identifier: Apache-2.0

internal import BPFObject
internal import CBPF
internal import Diagnostics
package import Records

/// A mapped ring buffer (`BPF_MAP_TYPE_RINGBUF`, Linux 5.8), as ``RingReader`` reads it.
package struct RingBuffer: ~Copyable, Sendable {
    private let mapping: RingBufferMapping
    private let map: OwnedDescriptor
    /// Our own copy of the consumer's position: what stands in the shared page is for the kernel.
    package private(set) var position: UInt64
    /// Whether somebody had read it before.
    package let wasRead: Bool
    /// The most bytes that were seen in the ring buffer at once, headers and records that are being written included.
    package private(set) var fullest = 0

    /// The part of the ring buffer that is read before it is given back to the programs.
    private static let share = 4

    /// Maps a ring buffer.
    ///
    /// - Parameter map: A map of type `ringbuf`; it may be closed afterwards.
    /// - Throws: `BPFError` of operation `mapRing`: the map is of another type, frozen, or open for reading only.
    package init(map: borrowing Map) throws(BPFError) {
        let info = try map.info()
        try Self.check(info)
        do throws(Errno) {
            let descriptor = try OwnedDescriptor.duplicate(of: map.descriptor.rawValue)
            let mapping = try RingBufferMapping.map(descriptor.rawValue, size: Int(info.maxEntries))
            self.init(mapping: mapping, map: descriptor)
        } catch {
            throw Self.failure(error, info)
        }
    }

    private init(mapping: consuming RingBufferMapping, map: consuming OwnedDescriptor) {
        position = mapping.consumer
        wasRead = position != 0
        self.mapping = mapping
        self.map = map
    }

    /// The bytes of the ring buffer, a power of two (`max_entries`).
    package var size: Int { mapping.size }

    /// The map's descriptor, readable while something is there: for epoll(7).
    ///
    /// It is readable too while a program is writing the first record that is left, which a drain does not take yet.
    /// Programs may output without waking anybody (`BPF_RB_NO_WAKEUP`), so no wait should be for ever.
    package var descriptor: Int32 { map.rawValue }

    /// The position after the last byte that programs have reserved.
    package var producerPosition: UInt64 { mapping.producer }

    /// Whether nothing is there to be read, not even a record that is being written.
    package var isEmpty: Bool { mapping.producer == position }

    /// Hands samples to a sink, and gives their room back to the programs.
    ///
    /// Samples that come meanwhile are left to the next call. The room is given back a part of the ring buffer at a time,
    /// so that programs can go on while a slow sink works.
    ///
    /// - Parameters:
    ///   - sink: Takes the samples; a sample has at most ``size`` bytes.
    ///   - source: The number of the map.
    ///   - limit: The bytes to read at most, of those that are there.
    /// - Throws: `BPFError` of operation `drainRing`; samples in front of a record that cannot be true are moved first.
    package mutating func drain(
        into sink: inout some SampleSink & ~Copyable, source: UInt32 = 0, limit: Int = .max
    ) throws(BPFError) -> RingBufferRecords.Pass {
        let (start, end) = (position, mapping.producer)
        let limit = UInt64(max(limit, 1))
        let part = UInt64(mapping.size / Self.share)
        var all = RingBufferRecords.Pass(position: start)
        repeat {
            let pass = sink.take(
                contentsOf: RingBufferRecords(
                    mapping.area, from: position, to: end, limit: min(part, limit &- (position &- start)),
                    source: source))
            all += pass
            if pass.position != position {
                try release(to: pass.position)
            } else if case .failure(let error) = pass.stop {
                throw Self.failure(error)
            }
        } while all.stop == .limit && position &- start < limit
        return all
    }

    private mutating func release(to new: UInt64) throws(BPFError) {
        guard mapping.release(from: position, to: new) else {
            throw BPFError(
                .drainRing, .ringSecondReader, "the ring buffer has another reader",
                cause:
                    "its consumer position was moved by somebody else, so some samples were read twice or not at all",
                nextStep: "end the other reader: a ring buffer has room for one")
        }
        fullest = max(fullest, Int(clamping: mapping.producer &- position))
        position = new
    }
}

extension RingBuffer {
    private static func check(_ info: Map.Info) throws(BPFError) {
        guard info.type == .ringbuf else { throw info.isNot("a ringbuf") }
        guard !info.overwrites else {
            throw BPFError(
                .mapRing, .ringOverwrites, "cannot drain ring buffer \(info.name) (id \(info.id))",
                cause: "its programs write over what nobody has read (BPF_F_RB_OVERWRITE): it keeps the newest events",
                nextStep: "take those when something has happened: \(.lastEvents)")
        }
        let size = Int(info.maxEntries)
        guard size > 0, size & (size - 1) == 0, size % MemoryPage.size == 0 else {
            throw BPFError(
                .mapRing, .ringDamaged, "ring buffer \(info.name) (id \(info.id)) has an impossible size: \(size) bytes"
            )
        }
    }

    static func failure(_ errno: Errno, _ info: Map.Info) -> BPFError {
        let message = "cannot map ring buffer \(info.name) (id \(info.id))"
        switch errno {
        case .notPermitted:
            return BPFError(
                .mapRing, always: .ringFrozen, errno: errno, message,
                cause: "the map is frozen (BPF_MAP_FREEZE), and its reader must write how far it has read",
                nextStep: "create it anew and leave it unfrozen")
        case .permissionDenied:
            return BPFError(
                .mapRing, always: .ringReadOnly, errno: errno, message,
                cause: "it was opened for reading only, and its reader must write how far it has read",
                nextStep: "open it for reading and writing")
        case .noMemory:
            return BPFError(
                .mapRing, .ringMemory, errno: errno, message,
                cause: "there is no memory for \(2 * Int(info.maxEntries)) bytes of it",
                nextStep:
                    "make the ring buffer smaller, or raise the limit of address space (\(.raiseLimit("RLIMIT_AS"), "ulimit -v"))"
            )
        case .tooManyOpenFiles:
            return BPFError(
                .mapRing, .openFilesLimit, errno: errno, message,
                nextStep: "raise the limit of descriptors: \(.raiseLimit("RLIMIT_NOFILE"), "ulimit -n 4096")")
        default:
            return BPFError(.mapRing, .ringOpenFailed, errno: errno, message)
        }
    }

    private static func failure(_ error: RingBufferError) -> BPFError {
        let diagnostic = error.diagnostic
        return BPFError(
            .drainRing, .ringDamaged, diagnostic.message, cause: diagnostic.cause, nextStep: diagnostic.hint)
    }
}
