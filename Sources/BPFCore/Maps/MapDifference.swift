// SPDX-License-Identifier: Apache-2.0

internal import BPFObject
internal import Diagnostics

/// One property in which a pinned map is not the map that is wanted.
struct MapDifference: Equatable {
    /// The property as messages name it.
    let property: String
    /// What the object or the tool wants.
    let wanted: String
    /// What the pinned map has.
    let found: String

    /// Compares what is wanted with what is there.
    ///
    /// The slots of a `PERF_EVENT_ARRAY` are the event daemon's affair, and so are its key and value, which are always
    /// 4 bytes: the originals' documents tell users to write anything there.
    static func between(_ wanted: Map.Attributes, _ found: Map.Info) -> [MapDifference] {
        var differences: [MapDifference] = []
        func compare(_ property: String, _ wanted: UInt32, _ found: UInt32, _ text: (UInt32) -> String = { "\($0)" }) {
            if wanted != found {
                differences.append(
                    MapDifference(property: property, wanted: text(wanted), found: text(found)))
            }
        }
        compare("type", wanted.type.rawValue, found.type.rawValue) { MapType(rawValue: $0).description }
        if wanted.type != .perfEventArray || found.type != wanted.type {
            compare("key size", wanted.keySize, found.keySize)
            compare("value size", wanted.valueSize, found.valueSize)
            compare("max entries", wanted.maxEntries, found.maxEntries)
        }
        if let extra = found.mapExtra, extra != wanted.mapExtra {
            differences.append(
                MapDifference(property: "map extra", wanted: "\(wanted.mapExtra)", found: "\(extra)"))
        }
        compare("flags", wanted.flags, normalised(found)) { "0x" + String($0, radix: 16) }
        return differences
    }

    /// The flags without those that the kernel adds by itself: `BPF_F_RDONLY_PROG` for device maps.
    private static func normalised(_ found: Map.Info) -> UInt32 {
        let readOnlyForPrograms: UInt32 = 1 << 7
        let devices = [MapType.devmap, .devmapHash]
        return devices.contains(found.type) ? found.flags & ~readOnlyForPrograms : found.flags
    }

    /// Who has the map, and what to do.
    static func advice(
        _ wanted: Map.Attributes, _ found: Map.Info, _ path: String, _ holders: [MapHolders.Process]
    ) -> (cause: String?, nextStep: Diagnostic.Hint) {
        let isDaemons =
            wanted.type == .ringbuf && found.type == .perfEventArray
        let who = holders.prefix(4).map(\.words).joined(separator: ", ")
        guard isDaemons else {
            return (
                holders.isEmpty ? nil : "it is in use by \(who)",
                "remove the pin if nobody needs it (\(.remove(path), "rm \(path)")), or change the map's definition"
            )
        }
        // The daemon that was started first, which cannot know that the map will be a ring buffer.
        let daemon = holders.first { $0.name == "bpf-eventd" }
        let rule = "bpf-eventd makes a perf_event_array where nothing is pinned"
        return (
            daemon.map { "\($0.words) made it, or had it made: \(rule)" }
                ?? (holders.isEmpty ? rule : "it is in use by \(who); \(rule)"),
            (daemon.map { "end it (\(.end(pid: $0.id), "kill \($0.id)")), " } ?? "")
                + "remove the pin (\(.remove(path), "rm \(path)")), and start the loader first: "
                + "bpf-eventd then takes the ring buffer that it has pinned"
        )
    }

    /// The differences as a table, a line each under a heading.
    static func table(_ differences: [MapDifference]) -> [String] {
        let rows =
            [("", "wanted", "pinned")]
            + differences.map { ($0.property, $0.wanted, $0.found) }
        let first = rows.map(\.0.count).max() ?? 0
        let second = rows.map(\.1.count).max() ?? 0
        return rows.map { row in
            row.0 + String(repeating: " ", count: first - row.0.count + 2) + row.1
                + String(repeating: " ", count: second - row.1.count + 2) + row.2
        }
    }
}

extension Map {
    /// Refuses a pinned map that is not what is wanted, and tells what differs.
    func checkSame(as wanted: Attributes, pinnedAt path: String) throws(BPFError) {
        let found = try info()
        let differences = MapDifference.between(wanted, found)
        guard !differences.isEmpty else { return }
        let holders = MapHolders.processes(of: found.id)
        let advice = MapDifference.advice(wanted, found, path, holders)
        throw BPFError(
            .reuseMap, .pinDiffers,
            "the map pinned at \(path) (id \(found.id)) does not match map \(wanted.name) of the object",
            cause: advice.cause, details: MapDifference.table(differences), nextStep: advice.nextStep)
    }
}
