// SPDX-License-Identifier: Apache-2.0

package import EventDecoding

/// Writes a timeline in the JSON array format of trace events, which Perfetto and Chrome read: one record a line, as they come.
///
///     var trace = TraceWriter()
///     trace.begin(to: &lines)
///     trace.instant("open", on: .thread(process: 1, thread: 1), at: 12_345, args: json, to: &lines)
///     trace.end(to: &lines)
///
/// What was written is valid after each record: the format lets the closing bracket be missing. Times are those of the capture's
/// clock. The memory does not grow with the events: it holds the names that threads have, and the spans that are open.
package struct TraceWriter: Sendable {
    /// What a record stands on.
    package enum Track: Sendable, Equatable {
        /// A thread of a process.
        case thread(process: UInt32, thread: UInt32)
        /// A processor, for events of which no thread is known.
        case cpu(UInt32)
        /// Events that are missing.
        case losses
        /// The numbers of maps.
        case counters
        /// Events of which neither thread nor processor is known.
        case others
    }

    private var isFirst = true
    /// The names that were told, by their hashes.
    private var named: [UInt64: Int] = [:]
    private var cpus: Set<UInt32> = []
    private var lastSpan: UInt64 = 0

    /// Threads whose names are told.
    private static let nameLimit = 1 << 16

    // No process has these numbers: the largest that Linux gives is 2^22.
    private static let cpuProcess: UInt64 = 1 << 22 | 1
    private static let lossProcess: UInt64 = 1 << 22 | 2
    private static let counterProcess: UInt64 = 1 << 22 | 3
    private static let otherProcess: UInt64 = 1 << 22 | 4
    private static let firstCPU: UInt64 = 1 << 22 | 1 << 12
    private static let cpuLimit: UInt32 = 1 << 16

    /// Creates a writer; call ``begin(to:)`` first.
    package init() {}

    /// Begins the array, and names the tracks that are no processes.
    package mutating func begin(to lines: inout LineBuffer) {
        lines.append("[")
        for (process, name) in [
            (Self.cpuProcess, "CPUs"), (Self.lossProcess, "lost events"), (Self.counterProcess, "maps"),
            (Self.otherProcess, "events without a process"),
        ] {
            tell("process_name", process, process, name, to: &lines)
        }
        tell("thread_name", Self.lossProcess, Self.lossProcess, "lost events", to: &lines)
        tell("thread_name", Self.otherProcess, Self.otherProcess, "events", to: &lines)
    }

    /// Ends the array.
    package mutating func end(to lines: inout LineBuffer) { lines.append("\n]\n") }

    // MARK: Names

    /// Names a thread, and its process by the first name that one of its threads has.
    ///
    /// - Returns: False if there is no room for further names.
    package mutating func name(
        process: UInt32, thread: UInt32, _ name: String, to lines: inout LineBuffer
    ) -> Bool {
        let hash = name.hashValue
        let key = UInt64(process) << 32 | UInt64(thread)
        guard named[key] != hash else { return true }
        guard named[key] != nil || named.count < Self.nameLimit else { return false }
        let processKey = UInt64(process) << 32 | UInt64(UInt32.max)
        if process == thread || named[processKey] == nil {
            named[processKey] = hash
            tell("process_name", UInt64(process), UInt64(process), name, to: &lines)
        }
        named[key] = hash
        tell("thread_name", UInt64(process), UInt64(thread), name, to: &lines)
        return true
    }

    private mutating func tell(
        _ what: StaticString, _ process: UInt64, _ thread: UInt64, _ name: String, to lines: inout LineBuffer
    ) {
        begin("M", to: &lines)
        lines.append(",\"name\":\"")
        lines.append(what)
        lines.append("\"")
        append(process, thread, to: &lines)
        lines.append(",\"args\":{\"name\":")
        lines.appendJSON(name)
        lines.append("}}")
    }

    // MARK: Records

    /// Writes what happened at one time.
    ///
    /// - Parameter args: What is told of it: a JSON object.
    package mutating func instant(
        _ name: String, on track: Track, at time: UInt64, args: borrowing LineBuffer, to lines: inout LineBuffer
    ) {
        let place = place(of: track, to: &lines)
        begin("i", to: &lines)
        lines.append(",\"s\":\"t\"")
        append(name, place, time, to: &lines)
        append(args: args, to: &lines)
    }

    /// Writes the beginning of a span.
    ///
    /// Spans may overlap in any way, on one track too.
    ///
    /// - Returns: The number that its end has.
    package mutating func beginSpan(
        _ name: String, on track: Track, at time: UInt64, args: borrowing LineBuffer, to lines: inout LineBuffer
    ) -> UInt64 {
        lastSpan += 1
        write("b", lastSpan, name, track, time, args, to: &lines)
        return lastSpan
    }

    /// Writes the end of a span.
    package mutating func endSpan(
        _ number: UInt64, _ name: String, on track: Track, at time: UInt64, args: borrowing LineBuffer,
        to lines: inout LineBuffer
    ) {
        write("e", number, name, track, time, args, to: &lines)
    }

    private mutating func write(
        _ phase: StaticString, _ number: UInt64, _ name: String, _ track: Track, _ time: UInt64,
        _ args: borrowing LineBuffer, to lines: inout LineBuffer
    ) {
        let place = place(of: track, to: &lines)
        begin(phase, to: &lines)
        lines.append(",\"cat\":\"span\",\"id\":\"")
        lines.append(number)
        lines.append("\"")
        append(name, place, time, to: &lines)
        append(args: args, to: &lines)
    }

    /// Writes what numbers were at one time.
    ///
    /// - Parameter args: The numbers: a JSON object.
    package mutating func counter(
        _ name: String, at time: UInt64, args: borrowing LineBuffer, to lines: inout LineBuffer
    ) {
        begin("C", to: &lines)
        append(name, (Self.counterProcess, Self.counterProcess), time, to: &lines)
        append(args: args, to: &lines)
    }

    // MARK: Parts of records

    private mutating func begin(_ phase: StaticString, to lines: inout LineBuffer) {
        lines.append(isFirst ? "\n{\"ph\":\"" : ",\n{\"ph\":\"")
        isFirst = false
        lines.append(phase)
        lines.append("\"")
    }

    private func append(
        _ name: String, _ place: (process: UInt64, thread: UInt64), _ time: UInt64, to lines: inout LineBuffer
    ) {
        lines.append(",\"name\":")
        lines.appendJSON(name)
        append(place.process, place.thread, to: &lines)
        lines.append(",\"ts\":")
        lines.append(microseconds: time)
    }

    private func append(_ process: UInt64, _ thread: UInt64, to lines: inout LineBuffer) {
        lines.append(",\"pid\":")
        lines.append(process)
        lines.append(",\"tid\":")
        lines.append(thread)
    }

    private func append(args: borrowing LineBuffer, to lines: inout LineBuffer) {
        lines.append(",\"args\":")
        if args.count > 0 { lines.append(raw: args.bytes) } else { lines.append("{}") }
        lines.append("}")
    }

    /// Where a track is; one of a processor is named when it comes first.
    private mutating func place(
        of track: Track, to lines: inout LineBuffer
    ) -> (process: UInt64, thread: UInt64) {
        switch track {
        case .thread(let process, let thread): return (UInt64(process), UInt64(thread))
        case .losses: return (Self.lossProcess, Self.lossProcess)
        case .counters: return (Self.counterProcess, Self.counterProcess)
        case .others: return (Self.otherProcess, Self.otherProcess)
        case .cpu(let cpu):
            let number = Self.firstCPU + UInt64(min(cpu, Self.cpuLimit))
            if cpus.count < 4096, cpus.insert(cpu).inserted {
                tell("thread_name", Self.cpuProcess, number, "CPU \(cpu)", to: &lines)
            }
            return (Self.cpuProcess, number)
        }
    }
}

extension LineBuffer {
    /// Appends ns as microseconds with three places, exactly.
    fileprivate mutating func append(microseconds time: UInt64) {
        append(time / 1000)
        let rest = time % 1000
        append(rest < 10 ? ".00" : rest < 100 ? ".0" : ".")
        append(rest)
    }
}
