// SPDX-License-Identifier: Apache-2.0

internal import BPFObject
internal import BTF
internal import CBPF
internal import Diagnostics

/// Finds the counts of what a ring buffer lost (``LossCounter``): the map of a program that uses the ring buffer, or a
/// pin beside the ring buffer's, by the name `RING_lost`.
///
/// Programs come later than their reader, so it may be asked again and again: each look is at the programs that are new.
package struct LossCounterSearch: Sendable {
    private let ring: UInt32
    private let ringName: String
    private let names: [String]
    private let pins: [String]
    /// The last program that was looked at, and the last map that was there when the search began.
    private var lastProgram: UInt32 = 0
    private let lastMap: UInt32?
    /// Whether nothing can be found any more, or something was.
    package private(set) var hasEnded = false

    private static let limit = 1 << 16

    /// What a look found.
    package enum Found: ~Copyable {
        /// The counts; they are new if they were made after the search began.
        case counter(LossCounter)
        /// Several maps have the name, or one whose end was cut off, and nothing tells which one it is: their ids.
        case doubtful([UInt32])
        /// Nothing so far.
        case nothing
    }

    /// Begins to search.
    ///
    /// - Parameters:
    ///   - ring: What the kernel tells of the ring buffer.
    ///   - pin: Where it is pinned, if it is.
    package init(for ring: Map.Info, pin: String?) {
        self.ring = ring.id
        ringName = ring.name
        names = ring.name.isEmpty ? [] : LossCounter.names(for: ring.name)
        pins = pin.map { ["\($0)_lost", "\($0)_lost_samples"] } ?? []
        lastMap = Self.lastMap(after: ring.id)
    }

    /// Looks for the counts.
    ///
    /// - Throws: `BPFError` of operation `info` or `mapElement`: the kernel does not answer as it should.
    package mutating func look() throws(BPFError) -> Found {
        guard !hasEnded else { return .nothing }
        // Names in a bpf file system are whole, however long they are.
        for pin in pins {
            guard let map = try? Map(pinnedAt: pin), let info = try? map.info(), LossCounter.hasForm(info) else {
                continue
            }
            return .counter(try take(map, info))
        }
        var counters: [UInt32] = []
        var doubtful: [UInt32] = []
        var rings: Set<UInt32> = []
        do throws(Errno) {
            for _ in 0..<Self.limit {
                guard let id = try BPFCommand.nextProgram(after: lastProgram) else { break }
                lastProgram = id
                try look(atProgram: id, &counters, &doubtful, &rings)
            }
        } catch .notPermitted {
            // CAP_SYS_ADMIN is what it takes, and that does not come back.
            hasEnded = pins.isEmpty
            return .nothing
        } catch {
            throw BPFError(.info, .infoRefused, errno: error, "cannot read the maps of the programs")
        }
        guard let first = counters.first else {
            hasEnded = !doubtful.isEmpty
            return doubtful.isEmpty ? .nothing : .doubtful(doubtful)
        }
        guard counters.count == 1, rings.count == 1 else {
            hasEnded = true
            return .doubtful(counters)
        }
        let map = try Map(id: first)
        return .counter(try take(map, try map.info()))
    }

    private mutating func take(_ map: borrowing Map, _ info: Map.Info) throws(BPFError) -> LossCounter {
        hasEnded = true
        return try LossCounter(map, isNew: lastMap.map { info.id > $0 } ?? false)
    }

    /// Looks at the maps of a program, if the ring buffer is among them.
    private func look(
        atProgram id: UInt32, _ counters: inout [UInt32], _ doubtful: inout [UInt32], _ rings: inout Set<UInt32>
    ) throws(Errno) {
        let maps: [UInt32]
        do throws(Errno) {
            let program = try BPFCommand.openProgram(id: id)
            maps = try BPFCommand.readMapIDs(ofProgram: program.rawValue)
        } catch .noSuchFileOrDirectory {
            return
        }
        guard maps.contains(ring) else { return }
        rings.insert(ring)
        for map in maps where map != ring && !counters.contains(map) && !doubtful.contains(map) {
            guard let info = try? Map(id: map).info(), names.contains(info.name) else { continue }
            if LossCounter.hasForm(info) {
                switch LossCounter.isName(info.name, of: ringName, declared: Self.declaredMaps(besides: info)) {
                case true?: counters.append(map)
                case nil: doubtful.append(map)
                case false?: break
                }
            }
            // Names that were cut may be those of several ring buffers.
            if info.type == .ringbuf, LossCounter.names(for: info.name) == names { rings.insert(map) }
        }
    }

    /// The whole names of the maps of the object that a map is from; empty where the kernel has no types of it.
    private static func declaredMaps(besides info: Map.Info) -> Set<String> {
        guard info.btfID != 0, let bytes = try? BTFHandle.open(id: info.btfID).bytesOrErrno(),
            let types = try? BTF(parsing: bytes)
        else { return [] }
        return Set(types.variableTypes(inSection: ".maps").keys)
    }

    /// The highest id of a map, of those above another one; nil if this process may not look.
    private static func lastMap(after id: UInt32) -> UInt32? {
        var last = id
        do throws(Errno) {
            for _ in 0..<limit {
                guard let next = try BPFCommand.next(CBPF_MAP_GET_NEXT_ID, after: last) else { return last }
                last = next
            }
        } catch {}
        return nil
    }
}
