// SPDX-License-Identifier: Apache-2.0

internal import BPFCore
internal import Diagnostics
internal import EventStream
internal import ToolSupport

/// What the events of the maps are: as the command line says it, else as `load-kp-bpf` left it.
///
/// A program is often loaded after the daemon has begun: what is left by then is taken in when it comes.
struct MapTypes {
    private struct Known {
        let id: UInt32
        /// Whether the command line says it, so that nothing else is looked for.
        let isGiven: Bool
        var schemas: [CaptureSchema]
        /// The file that the types are from.
        var file: FileIdentity?
    }

    private var maps: [UInt32: Known] = [:]
    private let store: SchemaStore
    private var due: UInt64 = 0
    /// Between two looks for what the loader left, in nanoseconds: one is a system call for each map.
    private static let interval: UInt64 = 50_000_000

    /// - Parameter store: Where `load-kp-bpf` leaves types.
    init(store: SchemaStore = SchemaStore()) {
        self.store = store
    }

    /// Whether there is nothing to look for: the command line says all.
    var isSettled: Bool { maps.values.allSatisfy(\.isGiven) }

    /// Adds a map, with the types that the command line gives.
    ///
    /// - Parameters:
    ///   - number: The map's number in the capture.
    ///   - id: The map's id.
    ///   - given: The types; none has those taken that the loader left.
    mutating func add(_ number: UInt32, id: UInt32, given: [CaptureSchema]) {
        maps[number] = Known(id: id, isGiven: !given.isEmpty, schemas: given)
    }

    /// Says what the events of a map are read as, if that is known.
    func report(_ number: UInt32, pin: String, to reporter: Reporter) {
        for schema in schemas(of: number) {
            reporter.report(
                Diagnostic(.eventsTyped, .note, stage: .map, "events of \(pin) are decoded as \(schema.words)"))
        }
    }

    /// The types of a map.
    func schemas(of number: UInt32) -> [CaptureSchema] { maps[number]?.schemas ?? [] }

    /// Takes in what the loader has left since the last look.
    ///
    /// - Parameters:
    ///   - now: Nanoseconds of `CLOCK_MONOTONIC`.
    ///   - description: Is told the types that are new.
    /// - Returns: The maps of which something is new, by number, and what the user should know.
    mutating func look(
        _ now: UInt64, _ description: inout CaptureDescription
    ) -> (changed: [UInt32], notes: [Diagnostic]) {
        guard now >= due else { return ([], []) }
        due = now + Self.interval
        var changed: [UInt32] = []
        var notes: [Diagnostic] = []
        for (number, map) in maps.sorted(by: { $0.key < $1.key }) where !map.isGiven {
            let file = store.identity(ofMap: map.id)
            guard file != map.file else { continue }
            maps[number]?.file = file
            var schemas: [CaptureSchema] = []
            do throws(SchemaStore.Failure) {
                schemas = try store.schemas(ofMap: map.id, source: number)
            } catch {
                notes.append(error.diagnostic)
            }
            guard schemas != map.schemas else { continue }
            maps[number]?.schemas = schemas
            description.set(schemas, of: number)
            changed.append(number)
        }
        return (changed, notes)
    }
}
