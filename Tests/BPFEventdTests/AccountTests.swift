// SPDX-License-Identifier: Apache-2.0

import Diagnostics
import Foundation
import Synchronization
import TestSupport
import Testing
import ToolSupport

@testable import EventCollecting
@testable import bpf_eventd

/// What the daemon tells others of its work.
struct AccountTests {
    private let account = Account(
        started: 1_700_000_000_007, bytes: 240, writes: 2, wakeups: 9,
        maps: [
            Account.Map(
                id: 12, name: "map_event", pin: "/sys/fs/bpf/map_event", type: "perf_event_array", gaps: 1,
                rings: [
                    Account.Ring(cpu: 0, events: 7, lost: 3, bytes: 4096, highWater: 96),
                    Account.Ring(cpu: 2, events: 3, lost: 0, bytes: 4096, highWater: 48),
                ]),
            Account.Map(
                id: 13, name: "odd \"\\\n", pin: "/p", type: "ringbuf",
                rings: [Account.Ring(cpu: nil, events: 5, lost: nil, bytes: 8192, highWater: 100)]),
        ])

    /// The samples of a text in Prometheus's format, by name and labels; nil if it is not one.
    private func samples(_ text: String) -> [String: Double]? {
        guard text.hasSuffix("\n") else { return nil }
        var samples: [String: Double] = [:]
        var family: (help: String, type: String) = ("", "")
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ", maxSplits: 3).map(String.init)
            if line.hasPrefix("# HELP ") {
                guard words.count == 4 else { return nil }
                family.help = words[2]
            } else if line.hasPrefix("# TYPE ") {
                guard words.count == 4, words[2] == family.help, ["counter", "gauge"].contains(words[3]) else {
                    return nil
                }
                guard (words[3] == "counter") == words[2].hasSuffix("_total") else { return nil }
                family.type = words[2]
            } else {
                let pattern =
                    #/([a-z_]+)(\{[a-z_]+="(?:[^"\\]|\\[\\"n])*"(?:,[a-z_]+="(?:[^"\\]|\\[\\"n])*")*\})? ([0-9.]+)/#
                guard let match = line.wholeMatch(of: pattern), match.1 == family.type else { return nil }
                let key = match.1 + (match.2 ?? "")
                guard samples.updateValue(Double(match.3) ?? -1, forKey: String(key)) == nil else { return nil }
            }
        }
        return samples
    }

    @Test func `the metrics are Prometheus's text format, and what is not known is left out`() throws {
        let samples = try #require(self.samples(Metrics(account).text))
        #expect(samples[#"bpf_eventd_events_total{map="map_event",map_id="12",cpu="0"}"#] == 7)
        #expect(samples[#"bpf_eventd_lost_events_total{map="map_event",map_id="12",cpu="0"}"#] == 3)
        #expect(samples[#"bpf_eventd_gaps_total{map="map_event",map_id="12"}"#] == 1)
        #expect(samples[#"bpf_eventd_start_time_seconds{maps="/sys/fs/bpf/map_event,/p"}"#] == 1_700_000_000.007)
        #expect(samples[#"bpf_eventd_events_total{map="odd \"\\\n",map_id="13"}"#] == 5)
        #expect(samples.keys.filter { $0.hasPrefix("bpf_eventd_lost_events_total") }.count == 2)
    }

    @Test func `the JSON has the totals and each ring, and null for what is not known`() throws {
        let data = Data(account.json.line.utf8)
        let object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        #expect(object["events"] as? Int == 15 && object["lost"] as? Int == 3 && object["bytes"] as? Int == 240)
        let maps = try #require(object["maps"] as? [[String: Any]])
        let rings = try #require(maps.last?["rings"] as? [[String: Any]])
        #expect(rings[0]["cpu"] is NSNull && rings[0]["lost"] is NSNull && rings[0]["high_water_bytes"] as? Int == 100)
    }

    @Test func `the files are replaced whole, readable to all, and nothing else is left in their folder`() throws {
        try withTemporaryFolder { folder in
            let (json, metrics) = (folder.appending(path: "stats"), folder.appending(path: "a.prom"))
            var files = try AccountFiles(json: json.path, metrics: metrics.path, reporter: Reporter(tool: "test"))
            files.write(account)
            var more = account
            more.bytes = 480
            files.end(more)
            #expect(try String(contentsOf: json, encoding: .utf8) == more.json.line + "\n")
            #expect(try String(contentsOf: metrics, encoding: .utf8) == Metrics(more).text)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == ["a.prom", "stats"])
            let mode = try FileManager.default.attributesOfItem(atPath: json.path)[.posixPermissions] as? Int
            #expect(mode == 0o644)
        }
    }

    @Test func `a disk that hangs holds nobody: the accounts that it does not take are counted, the latest is written`()
        throws
    {
        let gate = Mutex(false)
        let written = Mutex<[UInt64]>([])
        let writer = AccountWriter { account in
            while !gate.withLock({ $0 }) { usleep(1000) }
            written.withLock { $0.append(account.bytes) }
            return nil
        }
        var account = account
        // The disk takes none before the gate opens: each returns nevertheless.
        for bytes in UInt64(1)...50 {
            account.bytes = bytes
            writer.put(account)
        }
        #expect(!writer.finish(milliseconds: 50))
        let progress = writer.takeProgress()
        #expect(progress.began != nil && (48...49).contains(progress.skipped) && written.withLock(\.isEmpty))
        gate.withLock { $0 = true }
        #expect(writer.finish(milliseconds: 60_000))
        #expect(written.withLock { $0.last } == 50 && written.withLock(\.count) <= 2)
        #expect(writer.takeProgress().began == nil)
    }

    @Test func `a link, a folder or a FIFO is not replaced, and nothing is left behind`() throws {
        try withTemporaryFolder { folder in
            let (link, fifo) = (folder.appending(path: "link").path, folder.appending(path: "fifo").path)
            try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "target")
            try FileManager.default.createDirectory(
                at: folder.appending(path: "folder"), withIntermediateDirectories: false)
            #expect(mkfifo(fifo, 0o600) == 0)
            for path in [link, fifo, folder.appending(path: "folder").path] {
                #expect(throws: OutputFile.Failure.self) { try AtomicFile(path: path).write([1]) }
            }
            let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
            #expect(names == ["fifo", "folder", "link"])
        }
    }
}
