// SPDX-License-Identifier: Apache-2.0

internal import BPFCore
internal import BPFObject
internal import Diagnostics
internal import ToolSupport

/// A map that events come from or whose elements are read, opened by its pin or made.
struct SourceMap: ~Copyable {
    var pinned: PinnedMap
    let info: Map.Info
    /// Its number in a capture, from 0.
    let number: UInt32
    /// The times in which nobody drained it, as far as is known.
    var gaps: UInt64 = 0

    /// `BPF_MAP_TYPE_PERF_EVENT_ARRAY`.
    private static let perfEventArray = MapType.perfEventArray
    /// `BPF_MAP_TYPE_RINGBUF`.
    private static let ringBuffer = MapType.ringbuf

    /// What a report says of it.
    var account: Account.Map {
        Account.Map(
            id: info.id, name: pinned.path.name, pin: pinned.path.path,
            type: info.type.description, gaps: gaps, rings: [])
    }

    var isRingBuffer: Bool { info.type == Self.ringBuffer }

    /// Whether events come from it; the elements of others are read.
    var hasEvents: Bool { isRingBuffer || info.type == Self.perfEventArray }

    /// Opens the map behind a pin, or makes a perf event array as the original daemon did.
    ///
    /// - Parameter slots: The slots of a map that is made: one for every CPU that may ever run.
    static func open(_ text: String, number: UInt32, slots: Int) throws(BPFError) -> SourceMap {
        let path = try pinPath(text)
        let attributes = Map.Attributes(
            type: perfEventArray, keySize: 4, valueSize: 4, maxEntries: UInt32(slots), name: mapName(from: path.name))
        var found: MapType?
        do throws(BPFError) {
            let pinned = try PinnedMap.openOrCreate(path, attributes) { info in
                found = info.type
                return info.type == ringBuffer
            }
            let info = try pinned.map.info()
            return SourceMap(pinned: pinned, info: info, number: number)
        } catch {
            guard let found, found != perfEventArray else { throw error }
            throw refusal(of: found, path, error)
        }
    }

    /// Opens the map behind a pin, whatever it holds; none is made.
    static func open(_ text: String, number: UInt32) throws(BPFError) -> SourceMap {
        let path = try pinPath(text)
        guard let pinned = try PinnedMap.open(path) else {
            let near = NearPins.maps(near: path).map(\.terminalSafe).joined(separator: ", ")
            throw BPFError(
                .openPin, .pinNotOpened, "nothing is pinned at \(path.path.terminalSafe)",
                cause: "no map is made where maps are read" + (near.isEmpty ? "" : "; near: \(near)"),
                nextStep:
                    "pin it (bpftool map pin), or load its program by load-kp-bpf \(.mapPin, "MAP", to: path.path) first"
            )
        }
        let info = try pinned.map.info()
        return SourceMap(pinned: pinned, info: info, number: number)
    }

    /// Says what would read a map that events do not come from.
    private static func refusal(of type: MapType, _ path: PinPath, _ error: BPFError) -> BPFError {
        var error = error
        error.diagnostic.cause = "it is of type \(type); events come from a perf_event_array or ringbuf"
        error.diagnostic.hint =
            if case .unreadable(let reason) = type.reading(valueSize: 8) {
                "name another map: its elements cannot be read either, since \(reason.words)"
            } else {
                "read its elements, with \(.snapshotsEvery, to: "1s") or \(.snapshotOnce)"
            }
        return error
    }

    /// What the user should know where an array was made, since that may not be what was meant.
    var noteOfMaking: Diagnostic? {
        guard pinned.wasCreated else { return nil }
        let near = NearPins.events(near: pinned.path).map(\.terminalSafe).joined(separator: ", ")
        return Diagnostic(
            .mapCreatedEmpty, .note, stage: .map,
            "nothing was pinned at \(pinned.path.path.terminalSafe): made an empty perf_event_array"
                + (near.isEmpty ? "" : "; near: \(near)"),
            cause: "it has events once a program uses it; a ring buffer is made by its loader, which must be first")
    }

    /// What the user should know where no program uses the map; nil if one does, or it cannot be seen.
    static func noteOfNoUser(_ map: Account.Map, after seconds: UInt64) -> Diagnostic? {
        guard map.snapshots == nil, map.rings.allSatisfy({ $0.events == 0 }),
            let users = try? MapUsers.programs(of: map.id), users.isEmpty
        else {
            return nil
        }
        return Diagnostic(
            .mapUnused, .note, stage: .map, "no program has used \(map.pin.terminalSafe) for \(seconds) s",
            cause: "no loaded program refers to the map (id \(map.id)), so that no event can come",
            nextStep: "load the program whose map is pinned there; bpftool map shows the maps that there are")
    }

    private static func pinPath(_ text: String) throws(BPFError) -> PinPath {
        let path = try PinPath(path: text, relativeTo: WorkingFolder.path)
        guard !path.name.utf8.contains(UInt8(ascii: ".")) else {
            throw BPFError(
                .openPin, .pinPathInvalid, "cannot pin a map as \(path.name)",
                cause: "a bpf file system takes no names with dots",
                nextStep: "use letters, digits and _")
        }
        return path
    }

    /// The pin's name as the kernel takes it for a map: 15 letters, digits and `_`.
    static func mapName(from pin: String) -> String {
        String(
            pin.unicodeScalars.prefix(15).map { scalar in
                let isPlain = scalar.isASCII && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil)
                return isPlain ? Character(scalar) : "_"
            })
    }
}
