// SPDX-License-Identifier: Apache-2.0

import BPFCore
import BPFObject
import Diagnostics
import EventStream
import EventTypes
import ToolSupport

/// What the object tells of the events of its maps: told to the user, and left for those who drain the maps.
///
/// Nothing of it stops the loader: without it, events are bytes.
struct TypesForReaders {
    private let types: [String: [EventType]]
    private let reporter: Reporter
    private let isVerbose: Bool
    private let store: SchemaStore
    /// The maps of which something was left, by their ids.
    private var left: [MapReport] = []
    private var isKept = false

    /// Reads what the object tells, and says it.
    init(of object: Object, reporter: Reporter, isVerbose: Bool, store: SchemaStore = SchemaStore()) {
        self.reporter = reporter
        self.isVerbose = isVerbose
        self.store = store
        let events = object.events()
        object.eventDoubts(events).forEach(reporter.report)
        types = Dictionary(events.map { ($0.map, $0.types) }) { first, _ in first }
        // An object that was compiled without any types has its reason: it is old, or small.
        let tellsWhyNot = isVerbose || object.hasTypes
        for map in events {
            let found = map.types.map { $0.note(map: map.map) }
            for text in found + (tellsWhyNot ? map.notes.filter { !found.contains($0) } : []) {
                reporter.report(Diagnostic(.eventsTyped, .note, stage: .map, text))
            }
        }
    }

    /// The types of a map's events.
    func json(ofMap name: String) -> JSONValue {
        .array((types[name] ?? []).map { CaptureSchema($0, source: 0).json })
    }

    /// The types of a map's events.
    func schemas(ofMap name: String) -> [CaptureSchema] { (types[name] ?? []).map { CaptureSchema($0, source: 0) } }

    /// Leaves the types of all maps of events, before the first event can be sent.
    ///
    /// - Parameter programs: The ids of the programs that were loaded.
    mutating func leave(for maps: borrowing MapList, of object: Object, programs: [UInt32]) {
        store.removeStale()
        for report in maps.reports where object.maps[report.index].type.holdsEvents {
            let name = object.maps[report.index].name
            let own = (types[name] ?? []).map { CaptureSchema($0, source: 0) }
            do throws(SchemaStore.Failure) {
                let all = report.isReused ? try together(own, report, programs) : own
                try store.leave(all, map: report.id, name: report.name, writer: "load-kp-bpf \(toolVersion)")
                if !all.isEmpty { left.append(report) }
            } catch {
                // No /run that can be written to, as in containers, hinders nobody who does not drain these maps.
                if isVerbose { reporter.report(error.diagnostic) }
            }
        }
    }

    /// The types of a map that was there before: if others send to it as well, theirs too.
    private func together(
        _ own: [CaptureSchema], _ report: MapReport, _ programs: [UInt32]
    ) throws(SchemaStore.Failure) -> [CaptureSchema] {
        let known = try store.schemas(ofMap: report.id)
        var users: [UInt32]? = []
        do throws(BPFError) { users = try MapUsers.programs(of: report.id) } catch { users = nil }
        guard let users, !known.isEmpty, users.contains(where: { !programs.contains($0) }) else { return own }
        let all = known + own.filter { type in !known.contains { $0.isAlike(type) } }
        // Without a tag only its size tells what an event is.
        let untagged = all.filter { $0.tagField.isEmpty }
        let overlap = untagged.indices.contains { index in
            guard let sizes = untagged[index].sizes else { return true }
            return untagged[..<index].contains { $0.sizes?.overlaps(sizes) ?? true }
        }
        guard own.isEmpty || overlap else { return all }
        reporter.report(
            Diagnostic(
                .eventsTyped, .note, stage: .map,
                "events of \(report.name) are no longer decoded as \(known[0].typeName)",
                cause: "another program sends to the map, and its events cannot be distinguished from these"))
        return []
    }

    /// The maps' pins outlive the loader.
    mutating func keep() { isKept = true }

    /// Removes what was left of maps that end with the loader.
    ///
    /// - Parameter programsArePinned: Whether programs stay, and with them their maps.
    func end(programsArePinned: Bool) {
        for map in left where !(isKept && (programsArePinned || isPinned(map))) {
            // Of a start that failed only its own maps are gone.
            guard isKept || !map.isReused else { continue }
            store.remove(map: map.id)
        }
    }

    private func isPinned(_ map: MapReport) -> Bool {
        guard let pin = map.pin else { return false }
        do throws(BPFError) {
            return try Map(pinnedAt: pin).info().id == map.id
        } catch {
            return false
        }
    }
}
