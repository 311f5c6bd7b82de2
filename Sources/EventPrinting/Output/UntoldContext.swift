// SPDX-License-Identifier: Apache-2.0

internal import Diagnostics
internal import EventDecoding
internal import ToolSupport

/// What the user asked for and the stream does not say: by whom, where or when an event was sent.
///
/// Frames tell nothing of it, and BPF ring buffers keep nothing. Nothing is left out in silence.
struct UntoldContext: ~Copyable {
    private let reporter: Reporter
    /// Events that are not shown because of it.
    private(set) var events: UInt64 = 0
    private var told: Set<ContextField> = []
    private var toldAbsent: Set<ContextField> = []
    private var toldRead = false
    private var toldProcess = false

    init(reporter: Reporter) { self.reporter = reporter }

    /// Notes an event that is not shown since the stream does not say a part of its context.
    mutating func note(_ part: ContextField, _ plan: DecodingPlan?) {
        events += 1
        guard told.insert(part).inserted else { return }
        report(.warning, "events are not shown whose \(part.words) the stream does not carry", plan, part)
    }

    /// Notes an event of which something is shown that the stream does not say.
    mutating func noteAbsent(_ parts: [ContextField], _ context: borrowing EventContext, _ plan: DecodingPlan) {
        for part in parts where !context.has(part) && toldAbsent.insert(part).inserted {
            report(.warning, "\(part.name) is left out: the stream does not carry it", plan, part)
        }
    }

    /// Notes that the time of events is the one at which they were read.
    mutating func noteReadTime() {
        guard !toldRead else { return }
        toldRead = true
        note("the times of events of ring buffers are those at which they were read", next: nil)
    }

    /// Notes that the process of events is the one that they tell themselves.
    mutating func noteProcess(_ field: EventField, _ type: String) {
        guard !toldProcess else { return }
        toldProcess = true
        note(
            "--pid looks at the field \(field.path.terminalSafe) of \(type.terminalSafe): the stream does not say who sent it",
            next: nil)
    }

    /// Reports that nothing was shown because of it.
    ///
    /// - Returns: The exit code that this leads to.
    func finish(hasShown: Bool) -> ExitStatus {
        guard events > 0, !hasShown else { return .success }
        let parts = ContextField.allCases.filter { told.contains($0) }.map(\.words).joined(separator: ", ")
        reporter.report(
            Diagnostic(
                .contextNotCarried, stage: .stream,
                "no event is shown: the stream does not carry the \(parts) of \(events)",
                cause: Self.cause))
        return .usage
    }

    private func note(_ message: String, next: Diagnostic.Hint?) {
        reporter.report(Diagnostic(.contextNotCarried, .note, stage: .stream, message, nextStep: next))
    }

    private func report(_ severity: Diagnostic.Severity, _ message: String, _ plan: DecodingPlan?, _ part: ContextField)
    {
        reporter.report(
            Diagnostic(
                .contextNotCarried, severity, stage: .stream, message, cause: Self.cause, nextStep: advice(part, plan)))
    }

    private static let cause =
        "frames hold nothing but the event, and BPF ring buffers keep nothing else; captures of perf event arrays have it"

    /// A field of the event that tells the same, or how the stream can.
    private func advice(_ part: ContextField, _ plan: DecodingPlan?) -> Diagnostic.Hint? {
        let names = (plan?.fieldNames ?? []).filter { part.fieldNames.contains($0) }
        guard let name = names.first else {
            return part == .map
                ? nil : "give the event a field for it, or record a perf event array by bpf-eventd --format capture"
        }
        return "use the event's own field: --where '\(name) \(part == .time ? ">" : "==") 1000'"
    }
}

extension ContextField {
    /// The part in a message.
    fileprivate var words: String {
        switch self {
        case .time: "time"
        case .cpu: "CPU"
        case .pid: "process"
        case .tid: "thread"
        case .map: "map"
        case .type: "type"
        case .snapshot: "snapshot"
        case .host: "host"
        }
    }

    /// Fields of events that tell it, as authors call them.
    fileprivate var fieldNames: [String] {
        switch self {
        case .time: ["time", "ts", "timestamp", "ktime", "time_ns", "ts_ns", "timestamp_ns", "start_ns"]
        case .cpu: ["cpu", "cpu_id"]
        case .pid: ["pid", "tgid"]
        case .tid: ["tid", "pid"]
        case .map, .type, .snapshot, .host: []
        }
    }
}
