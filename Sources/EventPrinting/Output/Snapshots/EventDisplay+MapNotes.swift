// SPDX-License-Identifier: Apache-2.0

internal import Diagnostics
internal import EventDecoding
internal import EventStream
internal import MapTables
internal import Records

extension EventDisplay {
    /// The names of the maps that the capture tells, and of their pins where those are others.
    var namesOfMaps: [String] {
        let all = types.described.compactMap { types.description(of: $0) }
        let names = all.map(\.mapName)
        return names + all.map(\.pinName).filter { !$0.isEmpty && !names.contains($0) }
    }

    /// Tells of maps that `--hist` names and that are not there.
    func tellUnknownMaps(among names: [String]) {
        for choice in maps.options.histograms where choice.reading(ofMap: names) == nil {
            report.tell(
                Diagnostic(
                    .tableCut, .warning, stage: .stream, "there is no map \(choice.map.terminalSafe)",
                    cause: "--hist names it",
                    nextStep: names.isEmpty
                        ? nil : "the maps are: \(names.prefix(16).map(\.terminalSafe).joined(separator: ", "))"))
        }
    }

    /// Tells what a snapshot lacks, and what is to be known of its map.
    mutating func tell(_ map: MapDisplay, _ end: SnapshotEnd?) {
        if map.isTorn || end == nil {
            note(.torn, map)
        } else {
            switch end?.extent {
            // Whoever reads the map in this process has told it.
            case _ where report.isLive: break
            case .limited?: note(.limited, map)
            case .unsteady?: note(.unsteady, map)
            case .failed?: note(.failed, map)
            case .whole?, nil: break
            }
        }
        if map.rows.hasOverflowed { note(.overflow, map) }
        if map.lacksHistogram { note(.unfound, map) }
        if !map.rows.parts.hasAllCounters, map.facts?.isPerCPU == true || maps.options.hasChanges {
            note(.manyNumbers, map)
        }
        if map.rows.hasForgotten { note(.forgotten, map) }
        if let dropped = map.order?.dropped, dropped > 0 { note(.dropped, map) }
        if !report.isLive, let most = map.facts?.maxEntries, map.facts?.canFill == true, map.elements >= UInt64(most),
            most > 0
        {
            note(.full, map)
        }
        if map.draws, let plan = map.histograms, plan.arrays.contains(where: \.isGuess) || plan.keys?.isGuess == true {
            note(.guess, map)
        }
    }

    /// Tells something of a map, once.
    mutating func note(_ note: MapDisplay.Note, _ map: MapDisplay) {
        guard map.told.insert(note).inserted else { return }
        let name = map.source.map.isEmpty ? "a map" : map.source.map.terminalSafe
        report.tell(diagnostic(note, map, name))
        // On a terminal it stands below the table, which is not drawn over then.
        form.breakRegion()
    }

    private func diagnostic(_ note: MapDisplay.Note, _ map: MapDisplay, _ name: String) -> Diagnostic {
        func incomplete(_ message: String, _ cause: String, _ next: Diagnostic.Hint? = nil) -> Diagnostic {
            Diagnostic(.snapshotIncomplete, .warning, stage: .stream, message, cause: cause, nextStep: next)
        }
        func cut(_ message: String, _ cause: String, _ next: Diagnostic.Hint? = nil) -> Diagnostic {
            Diagnostic(.tableCut, .warning, stage: .stream, message, cause: cause, nextStep: next)
        }
        switch note {
        case .torn:
            return incomplete(
                "a snapshot of \(name) has not all of its elements", "parts of it are missing in the capture")
        case .limited:
            return incomplete(
                "a snapshot of \(name) has its first \(map.elements) elements only", "no more were asked for")
        case .unsteady:
            return incomplete(
                "elements may be missing in a snapshot of \(name)",
                "programs removed elements faster than they were read")
        case .failed:
            return incomplete(
                "a snapshot of \(name) ends after \(map.elements) elements", "reading the map stopped at an error")
        case .stopped:
            return incomplete("the rest of a snapshot of \(name) is not shown", "a signal came")
        case .full:
            let most = map.facts?.maxEntries ?? 0
            return Diagnostic(
                .mapFull, .warning, stage: .stream, "\(name) is full: it has all \(most) elements that it can have",
                cause: map.facts?.isLRU == true
                    ? "new keys take the place of old ones, whose counts are gone"
                    : "programs cannot add further keys (E2BIG)", nextStep: "give the map more max_entries")
        case .untyped:
            let size = map.source.element.map { $0.parts.plan.size }
            return Diagnostic(
                .eventsUntyped, .warning, stage: .stream,
                "the elements of \(name) have no known type: keys and values are shown by their size",
                cause: size.map { "the type that the capture tells has \($0) bytes, and they do not" })
        case .guess:
            return Diagnostic(
                .eventsTyped, .note, stage: .stream, "the histograms of \(name) are read as powers of two",
                nextStep: "if they are not, say so: --hist '\(name):linear(0,1)'")
        case .overflow:
            return cut(
                "sums over CPUs in \(name) are larger than their type", "the largest value of the type is shown",
                "show each CPU by --per-cpu each")
        case .unfound:
            return cut(
                "a histogram of \(name) is not shown", "--hist names what is no array of counters in it, nor a key")
        case .manyNumbers:
            return cut(
                "not all numbers of \(name) are added up or compared",
                "an element has more than \(ElementParts.counterLimit): of the others the first CPU's are shown")
        case .forgotten:
            return cut(
                "not all changes of \(name) are known",
                "elements of snapshots before have no more than \(ElementRoom.limit >> 20) MiB, those of all maps together",
                "choose one map by --map")
        case .dropped:
            return cut(
                "not all elements of \(name) are shown", "no more than 256 MiB of elements are sorted", "use --top")
        case .uncounted:
            return cut(
                "some elements of \(name) are in no histogram",
                "their numbers are none of a bucket, which are from 0 to \(KeyedHistograms.bucketLimit - 1)")
        }
    }
}
