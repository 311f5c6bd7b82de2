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
        add(
            "start_time_seconds", .gauge, "When the daemon was started, since 1970.",
            [("", Self.seconds(account.started))])
        add("bytes_total", .counter, "Bytes written.", [("", "\(account.bytes)")])
        add("writes_total", .counter, "System calls that wrote.", [("", "\(account.writes)")])
        add("wakeups_total", .counter, "Returns from waiting for events.", [("", "\(account.wakeups)")])
        addOfMaps("map_info", .gauge, "The maps that are drained.", account) { map in
            Self.labels(map, [("type", map.type), ("pin", map.pin)]) + " 1"
        }
        addOfMaps("gaps_total", .counter, "Times in which nobody drained the map.", account) { map in
            Self.labels(map) + " \(map.gaps)"
        }
        addOfRings("events_total", .counter, "Events read from the rings.", account) { "\($0.events)" }
        addOfRings("lost_events_total", .counter, "Events the kernel counted as lost.", account) { ring in
            ring.lost.map { "\($0)" }
        }
        addOfRings("corrupt_records_total", .counter, "Records with impossible lengths.", account) { "\($0.corrupt)" }
        addOfRings("ring_bytes", .gauge, "The size of the ring.", account) { "\($0.bytes)" }
        addOfRings("ring_high_water_bytes", .gauge, "The most bytes seen in the ring at once.", account) {
            "\($0.highWater)"
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
