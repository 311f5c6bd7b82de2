// SPDX-License-Identifier: Apache-2.0

internal import Synchronization

/// A kprobe made by a line in `kprobe_events`, taken away when its owner lets go.
///
/// Whatever uses the event must be closed before.
struct TracefsProbe: ~Copyable, Sendable {
    private static let counter = Atomic<Int>(0)

    let tracefs: Tracefs
    let name: ProbeEventName
    /// The number of the trace event, for perf_event_open(2).
    let id: UInt64
    private var isThere = true

    /// Adds a probe with one line.
    ///
    /// - Parameters:
    ///   - place: As `kprobe_events` takes it: `vfs_read+0x5`, `xfs:xfs_file_open`, `0xffffffff81000000`.
    ///   - probe: For name, direction and `maxactive`.
    static func add(
        at place: String, for probe: ResolvedProbe, tracefs: Tracefs, roots: KernelRoots
    ) throws(TracefsRefusal) -> TracefsProbe {
        let name = unusedName(for: probe, tracefs: tracefs, roots: roots)
        let active = probe.isReturn ? probe.maxActive.map { String($0) } ?? "" : ""
        let line = "\(probe.isReturn ? "r" : "p")\(active):\(name.qualified) \(place)\n"
        let before = TracefsErrorLog(tracefs: tracefs)
        do throws(Errno) {
            try KernelFile.write(line, to: tracefs.kprobeEvents)
        } catch {
            let quote = TracefsErrorLog(tracefs: tracefs).added(since: before, mentioning: name.event)
            throw TracefsRefusal(errno: error, quote: quote)
        }
        guard let id = KernelFile.number("\(tracefs.path)/events/\(name.qualified)/id").flatMap({ UInt64(exactly: $0) })
        else {
            try? remove(name, from: tracefs)
            throw TracefsRefusal(errno: .noSuchFileOrDirectory, quote: [])
        }
        return TracefsProbe(tracefs: tracefs, name: name, id: id)
    }

    private init(tracefs: Tracefs, name: ProbeEventName, id: UInt64) {
        self.tracefs = tracefs
        self.name = name
        self.id = id
    }

    deinit {
        // Nobody is left to be told; the next start reaps what stays behind.
        if isThere { try? Self.remove(name, from: tracefs) }
    }

    /// Takes the probe away and tells what the kernel said of it.
    mutating func remove() throws(Errno) {
        isThere = false
        try Self.remove(name, from: tracefs)
    }

    /// Hits that were dropped since the probe was busy already: the last column of `kprobe_profile`.
    func missed() -> UInt64? {
        guard let profile = try? KernelFile.text(tracefs.path + "/kprobe_profile", limit: 16 << 20) else { return nil }
        for line in profile.split(separator: "\n") {
            let fields = line.split(separator: " ")
            if fields.count == 3, fields[0] == name.event { return UInt64(fields[2]) }
        }
        return nil
    }

    /// Takes a probe away; one that is gone already is fine.
    static func remove(_ name: ProbeEventName, from tracefs: Tracefs) throws(Errno) {
        let line = "-:\(name.qualified)\n"
        do throws(Errno) {
            try KernelFile.write(line, to: tracefs.kprobeEvents)
        } catch {
            if error == .noSuchFileOrDirectory { return }
            guard error == .resourceBusy else { throw error }
            // Someone turned the event on by hand; perf users would keep it busy all the same.
            do throws(Errno) {
                try KernelFile.write("0\n", to: "\(tracefs.path)/events/\(name.qualified)/enable")
                try KernelFile.write(line, to: tracefs.kprobeEvents)
            } catch {
                if error != .noSuchFileOrDirectory { throw error }
            }
        }
    }

    /// Kernels of 4.x do not say `EEXIST`, so the name is looked for first.
    private static func unusedName(for probe: ResolvedProbe, tracefs: Tracefs, roots: KernelRoots) -> ProbeEventName {
        let owner = ProcessIdentity.current(roots: roots)
        while true {
            let number = counter.add(1, ordering: .relaxed).oldValue
            let name = ProbeEventName(owner: owner, number: number, symbol: probe.symbol, isReturn: probe.isReturn)
            if !KernelFile.exists("\(tracefs.path)/events/\(name.qualified)") { return name }
        }
    }
}

/// tracefs took no probe.
struct TracefsRefusal: Error {
    let errno: Errno
    /// What the kernel wrote about it.
    let quote: [String]
}

/// The last complaints of the tracing code, `error_log` (Linux 5.2).
struct TracefsErrorLog {
    /// A complaint is a line with a time stamp and the indented lines below it.
    private let complaints: [[Substring]]

    init(tracefs: Tracefs) {
        self.init(parsing: (try? KernelFile.text(tracefs.path + "/error_log")) ?? "")
    }

    init(parsing text: String) {
        var complaints: [[Substring]] = []
        for line in text.split(separator: "\n") {
            if line.hasPrefix("[") || complaints.isEmpty {
                complaints.append([line])
            } else {
                complaints[complaints.count - 1].append(line)
            }
        }
        self.complaints = complaints
    }

    /// The lines of complaints that were not there before and are about `event`, since others write there too.
    func added(since before: TracefsErrorLog, mentioning event: String) -> [String] {
        complaints.filter { complaint in
            !before.complaints.contains(complaint) && complaint.contains { $0.contains(event) }
        }.flatMap { $0.map(String.init) }
    }
}
