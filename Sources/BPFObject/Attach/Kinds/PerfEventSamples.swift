// SPDX-License-Identifier: Apache-2.0

/// Samples of an event on each CPU, or of one process: `perf_event`, `perf_event:cpu-clock@999`.
package struct PerfEventSamples: AttachKind {
    /// How often the program runs.
    package enum Rate: Sendable, Equatable {
        /// So many times a second on each CPU, as well as the kernel manages.
        case frequency(UInt64)
        /// Once in so many events.
        case period(UInt64)
    }

    /// What is sampled.
    package let event: PerfEvent
    /// How often.
    package let rate: Rate
    /// The CPUs; nil is all that are online.
    package let cpus: [Int]?
    /// The only process; nil is all.
    package let process: Int32?

    package static let sections = [SectionPattern("perf_event", .perfEvent)]

    /// Takes an event and a rate.
    package init(
        _ event: PerfEvent = .cpuClock, _ rate: Rate = .frequency(Self.usualFrequency), cpus: [Int]? = nil,
        process: Int32? = nil
    ) {
        self.event = event
        self.rate = rate
        self.cpus = cpus
        self.process = process
    }

    /// 100 would keep step with the timers of what is measured.
    package static let usualFrequency: UInt64 = 99

    /// What is sampled where nobody names an event.
    package static let usual = "samples of cpu-clock, \(usualFrequency) a second on each CPU"

    /// CPUs that one target names.
    private static let mostCPUs = 8192

    package static func target(named text: Substring?, in section: SectionPattern) -> SectionTarget {
        guard let text else { return .target(AttachTarget(Self())) }
        return read(text, in: section)
    }

    /// Reads `EVENT[@SETTING[,SETTING]…]`: a frequency, `period=N`, `cpu=N-N`, `pid=N`.
    package init(reading text: Substring, in section: SectionPattern) throws(AttachTargetError.Reason) {
        let parts = text.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
        guard let event = parts.first.flatMap({ PerfEvent(named: $0) }) else {
            throw .form(
                "there is no such event: \(PerfEvent.names.joined(separator: ", ")), a cache as LLC-load-misses, or a "
                    + "number of the processor as r1a8")
        }
        // What is no time is rare enough that each is wanted.
        var rate = event.isClock || event.isHardware ? Rate.frequency(Self.usualFrequency) : .period(1)
        var cpus: [Int]?
        var process: Int32?
        if parts.count == 2 {
            for setting in parts[1].split(separator: ",", omittingEmptySubsequences: false) {
                let pair = setting.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                switch (pair.count, pair[0]) {
                case (1, _): rate = .frequency(try Self.number(pair[0]))
                case (2, "freq"), (2, "frequency"): rate = .frequency(try Self.number(pair[1]))
                case (2, "period"): rate = .period(try Self.number(pair[1]))
                case (2, "cpu"): cpus = (cpus ?? []) + (try Self.cpus(pair[1]))
                case (2, "pid"):
                    guard let id = Int32(exactly: try Self.number(pair[1])) else { throw .form("\(pair[1]) is no pid") }
                    process = id
                default: throw .form("\(setting) is no setting: freq=N, period=N, cpu=N or pid=N")
                }
            }
        }
        self.init(event, rate, cpus: cpus.map { Set($0).sorted() }, process: process)
    }

    private static func number(_ text: Substring) throws(AttachTargetError.Reason) -> UInt64 {
        guard text.utf8.first.map({ $0 != UInt8(ascii: "+") }) == true, let number = UInt64(text), number > 0,
            number <= UInt64(Int64.max)
        else { throw .form("\"\(text)\" is no number from 1 on") }
        return number
    }

    /// `2` or `0-3`.
    private static func cpus(_ text: Substring) throws(AttachTargetError.Reason) -> [Int] {
        let ends = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false).map { UInt16($0) }
        guard let first = ends.first ?? nil, let last = ends.last ?? nil, first <= last, last < mostCPUs else {
            throw .form("\"\(text)\" is no CPU and no range of CPUs such as 0-3")
        }
        return Array(Int(first)...Int(last))
    }

    package static func form(of section: SectionPattern) -> String {
        "SEC(\"perf_event\"), and the event where the program is attached: cpu-clock@999, "
            + "cache-misses@period=100000,cpu=0-3 or page-faults@pid=4711"
    }

    package var processes: TracedProcesses { process.map { .named($0) } ?? .choice }

    package var description: String {
        guard self != Self() else { return "perf event" }
        var settings: [String] =
            switch rate {
            case .frequency(let hertz): ["\(hertz)"]
            case .period(let count): ["period=\(count)"]
            }
        settings += (cpus ?? []).map { "cpu=\($0)" }
        if let process { settings.append("pid=\(process)") }
        return "perf event \(event.name)@\(settings.joined(separator: ","))"
    }
}

/// What a program of type perf event samples.
public enum SampleSource: String, Sendable, CaseIterable {
    /// A timer of each CPU (`PERF_COUNT_SW_CPU_CLOCK`), which every machine has.
    case clock
    /// CPU cycles (`PERF_COUNT_HW_CPU_CYCLES`): seldom to be had in a virtual machine.
    case cycles
}

extension AttachTarget {
    /// Samples of every CPU that is online.
    ///
    /// - Parameters:
    ///   - source: What is sampled.
    ///   - frequency: Samples a second on each CPU. 100 would keep step with the timers of what is measured.
    public static func samples(of source: SampleSource = .clock, frequency: UInt64 = 99) -> AttachTarget {
        AttachTarget(PerfEventSamples(source == .cycles ? .cycles : .cpuClock, .frequency(frequency)))
    }

    /// Samples of an event by its name.
    ///
    /// - Parameter event: As perf(1) names it, with settings behind an `@`: `cpu-clock@999`, `page-faults@pid=4711`,
    ///   `cache-misses@period=100000,cpu=0-3`.
    public static func perfEvent(_ event: String) throws(AttachTargetError) -> AttachTarget {
        try AttachTarget(PerfEventSamples.self, named: event[...], in: PerfEventSamples.sections[0])
    }
}
