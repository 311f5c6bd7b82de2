// SPDX-License-Identifier: Apache-2.0

/// Samples that each CPU takes at a steady rate: `perf_event`.
package struct PerfEventSamples: AttachKind {
    /// What is sampled.
    package let source: SampleSource
    /// Samples a second on each CPU.
    package let frequency: UInt64

    package static let sections = [SectionPattern("perf_event", .perfEvent)]

    /// Takes a source and a rate.
    package init(_ source: SampleSource = .clock, frequency: UInt64 = Self.usualFrequency) {
        self.source = source
        self.frequency = frequency
    }

    /// 100 would keep step with the timers of what is measured.
    package static let usualFrequency: UInt64 = 99

    package static func target(named text: Substring?, in section: SectionPattern) -> SectionTarget {
        .target(AttachTarget(Self()))
    }

    package init(reading text: Substring, in section: SectionPattern) throws(AttachTargetError.Reason) { self.init() }

    package static func form(of section: SectionPattern) -> String { "SEC(\"perf_event\")" }

    package var description: String { "perf event" }
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
        AttachTarget(PerfEventSamples(source, frequency: frequency))
    }
}
