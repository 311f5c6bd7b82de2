// SPDX-License-Identifier: Apache-2.0

/// An event that the kernel or the processor counts, by the numbers of perf_event_open(2).
package struct PerfEvent: Sendable, Equatable {
    /// `PERF_TYPE_HARDWARE` and so on.
    package enum Source: UInt32, Sendable {
        /// `PERF_TYPE_HARDWARE`.
        case hardware = 0
        /// `PERF_TYPE_SOFTWARE`.
        case software = 1
        /// `PERF_TYPE_HW_CACHE`.
        case cache = 3
        /// `PERF_TYPE_RAW`.
        case raw = 4
    }

    /// Who counts it.
    package let source: Source
    /// Which of its events, `config` of perf_event_open(2).
    package let config: UInt64
    /// The name as perf(1) has it.
    package let name: String

    /// Whether it takes a counter of the processor, which virtual machines often do not have.
    package var isHardware: Bool { source != .software }
    /// Whether it is time that passes, so that a rate makes sense and each single one does not.
    package var isClock: Bool { source == .software && config <= 1 }

    /// `PERF_COUNT_SW_CPU_CLOCK`: a timer of each CPU, which every machine has.
    package static let cpuClock = PerfEvent(source: .software, config: 0, name: "cpu-clock")
    /// `PERF_COUNT_HW_CPU_CYCLES`.
    package static let cycles = PerfEvent(source: .hardware, config: 0, name: "cycles")

    init(source: Source, config: UInt64, name: String) {
        self.source = source
        self.config = config
        self.name = name
    }

    /// Looks for a name of perf(1): `cpu-clock`, `cache-misses`, `L1-dcache-load-misses`, `r1a8`.
    init?(named name: some StringProtocol) {
        let text = String(name)
        if let found = Self.all.first(where: { $0.names.contains(text) }) {
            self.init(source: found.source, config: found.config, name: found.names[0])
        } else if let config = Self.cache(text) {
            self.init(source: .cache, config: config, name: text)
        } else if text.utf8.first == UInt8(ascii: "r"), text.utf8.count > 1,
            text.utf8.dropFirst().allSatisfy(Self.isHexDigit), let config = UInt64(text.dropFirst(), radix: 16)
        {
            self.init(source: .raw, config: config, name: text)
        } else {
            return nil
        }
    }

    /// The names, for a message.
    static var names: [String] { all.map { $0.names[0] } }

    private static func isHexDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
            UInt8(ascii: "A")...UInt8(ascii: "F"):
            true
        default: false
        }
    }

    /// The numbers of `enum perf_hw_id` and `enum perf_sw_ids`.
    private static let all: [(source: Source, config: UInt64, names: [String])] = [
        (.software, 0, ["cpu-clock"]), (.software, 1, ["task-clock"]), (.software, 2, ["page-faults", "faults"]),
        (.software, 3, ["context-switches", "cs"]), (.software, 4, ["cpu-migrations", "migrations"]),
        (.software, 5, ["minor-faults"]), (.software, 6, ["major-faults"]), (.software, 7, ["alignment-faults"]),
        (.software, 8, ["emulation-faults"]), (.software, 11, ["cgroup-switches"]),
        (.hardware, 0, ["cycles", "cpu-cycles"]), (.hardware, 1, ["instructions"]),
        (.hardware, 2, ["cache-references"]), (.hardware, 3, ["cache-misses"]),
        (.hardware, 4, ["branches", "branch-instructions"]), (.hardware, 5, ["branch-misses"]),
        (.hardware, 6, ["bus-cycles"]), (.hardware, 7, ["stalled-cycles-frontend", "idle-cycles-frontend"]),
        (.hardware, 8, ["stalled-cycles-backend", "idle-cycles-backend"]), (.hardware, 9, ["ref-cycles"]),
    ]

    /// `CACHE-OPERATION`, as `LLC-loads`, or `CACHE-OPERATION-misses`.
    private static func cache(_ name: String) -> UInt64? {
        let caches = ["L1-dcache", "L1-icache", "LLC", "dTLB", "iTLB", "branch", "node"]
        let operations = [("load", "loads"), ("store", "stores"), ("prefetch", "prefetches")]
        for (cache, front) in caches.enumerated() where name.hasPrefix(front + "-") {
            let rest = name.dropFirst(front.count + 1)
            for (operation, names) in operations.enumerated() {
                let isMiss = rest == names.0 + "-misses"
                guard isMiss || rest == names.1 else { continue }
                return UInt64(cache) | UInt64(operation) << 8 | (isMiss ? 1 << 16 : 0)
            }
        }
        return nil
    }
}
