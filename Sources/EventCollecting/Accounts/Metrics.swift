// SPDX-License-Identifier: Apache-2.0

/// An account in Prometheus's text format, for the textfile collector of node_exporter.
///
/// One family of metrics after the other, each with its HELP and TYPE, without times; what is not known is left out.
struct Metrics {
    private(set) var text = ""

    private enum Kind: String {
        case counter, gauge
    }

    init(_ account: Account) {
        // What tells this daemon from others of the machine, whose files may be collected together: no two have a map.
        let maps = "{maps=\"\(Self.escaped(account.maps.map(\.pin).joined(separator: ",")))\"}"
        add(
            "start_time_seconds", .gauge, "When the daemon was started, since 1970.",
            [(maps, Self.seconds(account.started))])
        add("bytes_total", .counter, "Bytes written.", [(maps, "\(account.bytes)")])
        add("writes_total", .counter, "System calls that wrote.", [(maps, "\(account.writes)")])
        add("wakeups_total", .counter, "Returns from waiting for events.", [(maps, "\(account.wakeups)")])
        addOfMaps("map_info", .gauge, "The maps that are drained.", account) { map in
            Self.labels(map, [("type", map.type), ("pin", map.pin)]) + " 1"
        }
        addOfMaps("gaps_total", .counter, "Times in which nobody drained the map.", account) { map in
            Self.labels(map) + " \(map.gaps)"
        }
        addOfRings("events_total", .counter, "Events read from the rings.", account) { "\($0.events)" }
        addOfRings("lost_events_total", .counter, "Events the kernel or the programs counted as lost.", account) {
            $0.lost.map { "\($0)" }
        }
        addLines(
            "lost_before_events", .gauge, "Events the programs lost before the daemon read the ring buffer.",
            account.maps.compactMap { map in map.lostBefore.map { Self.labels(map) + " \($0)" } })
        addOfRings("corrupt_records_total", .counter, "Records with impossible lengths.", account) { "\($0.corrupt)" }
        addOfRings("ring_bytes", .gauge, "The size of the ring.", account) { "\($0.bytes)" }
        addOfRings("ring_high_water_bytes", .gauge, "The most bytes seen in the ring at once.", account) {
            "\($0.highWater)"
        }
        addOfSnapshots("snapshots_total", .counter, "Snapshots taken of the map.", account) { "\($0.snapshots.taken)" }
        addOfSnapshots("snapshots_failed_total", .counter, "Snapshots that stopped at an error.", account) {
            "\($0.snapshots.failed)"
        }
        addOfSnapshots("snapshots_skipped_total", .counter, "Snapshots there was no time for.", account) {
            "\($0.snapshots.skipped)"
        }
        addOfSnapshots("map_elements", .gauge, "Elements in the last snapshot of the map.", account) {
            "\($0.snapshots.elements)"
        }
        addOfSnapshots("map_elements_left_out", .gauge, "Elements of it that are not in the metrics.", account) {
            $0.samples.map { "\($0.leftOut)" }
        }
        addElements(of: account.maps)
    }

    private mutating func addOfSnapshots(
        _ name: String, _ kind: Kind, _ help: String, _ account: Account,
        _ value: ((snapshots: Account.Snapshots, samples: SampleText?)) -> String?
    ) {
        let samples = account.maps.compactMap { map in
            map.snapshots.flatMap { value(($0, map.samples)) }.map { Self.labels(map) + " " + $0 }
        }
        addLines(name, kind, help, samples)
    }

    /// The elements of maps: families of their own names, of which each is there once.
    private mutating func addElements(of maps: [Account.Map]) {
        var names: Set<String> = []
        for map in maps {
            guard let samples = map.samples else { continue }
            if samples.leftOut > 0 {
                text += "# \(samples.leftOut) elements of map \(SampleName.metric(map.name)) are left out "
                text += "(--metrics-limit)\n"
            }
            for family in samples.families where !family.samples.isEmpty {
                // Two maps may have one name, and a map that of a metric of the daemon.
                let isOwn = family.name.hasPrefix("bpf_eventd_")
                let name = SampleName.unlike(&names, isOwn ? "map_" + family.name : family.name)
                text += "# HELP \(name) \(Self.escaped(family.help))\n# TYPE \(name) \(family.kind.rawValue)\n"
                for sample in family.samples { text += name + sample + "\n" }
            }
        }
    }

    /// A label's value with backslashes, quotes and newlines escaped, as the format wants it.
    static func escaped(_ value: String) -> String {
        var text = ""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\\": text += "\\\\"
            case "\"": text += "\\\""
            case "\n": text += "\\n"
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text
    }

    private static func seconds(_ milliseconds: UInt64) -> String {
        let rest = String(milliseconds % 1000)
        return "\(milliseconds / 1000)." + String(repeating: "0", count: 3 - rest.utf8.count) + rest
    }

    private static func labels(_ map: Account.Map, _ more: [(String, String)] = []) -> String {
        let all = [("map", map.name), ("map_id", "\(map.id)")] + more
        return "{" + all.map { "\($0.0)=\"\(escaped($0.1))\"" }.joined(separator: ",") + "}"
    }

    private mutating func add(
        _ name: String, _ kind: Kind, _ help: String, _ samples: [(labels: String, value: String)]
    ) {
        addLines(name, kind, help, samples.map { "\($0.labels) \($0.value)" })
    }

    private mutating func addOfMaps(
        _ name: String, _ kind: Kind, _ help: String, _ account: Account, _ sample: (Account.Map) -> String
    ) {
        addLines(name, kind, help, account.maps.map(sample))
    }

    private mutating func addOfRings(
        _ name: String, _ kind: Kind, _ help: String, _ account: Account, _ value: (Account.Ring) -> String?
    ) {
        var samples: [String] = []
        for map in account.maps {
            for ring in map.rings {
                guard let value = value(ring) else { continue }
                samples.append(Self.labels(map, ring.cpu.map { [("cpu", "\($0)")] } ?? []) + " " + value)
            }
        }
        addLines(name, kind, help, samples)
    }

    private mutating func addLines(_ name: String, _ kind: Kind, _ help: String, _ samples: [String]) {
        guard !samples.isEmpty else { return }
        text += "# HELP bpf_eventd_\(name) \(help)\n# TYPE bpf_eventd_\(name) \(kind.rawValue)\n"
        for sample in samples { text += "bpf_eventd_\(name)\(sample)\n" }
    }
}
