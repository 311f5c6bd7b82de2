// SPDX-License-Identifier: Apache-2.0

internal import BPFObject
internal import EventDecoding
internal import EventTypes
public import Records

/// An event that a program sent, by its type.
///
///     for try await event in try programs.events(of: "rb") { print(event["pid"]!, event.json) }
///
/// The type is what the object says or shows of it (`Object.events()`); an event of no known type has its ``Row/bytes``.
public struct Event: Sendable {
    /// Its fields.
    public let fields: Row
    /// The name of its type as C writes it, such as `struct event`; empty if it is not known.
    public let type: String
    /// The name of the map that it came through.
    public let map: String
    /// What the ring says of it: CPU, process, time.
    public let context: SampleContext
    /// How many events were lost in the same ring since the one before, as far as the kernel counts them.
    public var lostBefore: UInt64 = 0

    /// The value of a field (`pid`, `key.saddr`, `args[2]`); nil if the type has none, or the event ends before it.
    public subscript(path: String) -> Value? { fields[path] }

    /// It as JSON (RFC 8259).
    public var json: String { fields.json }
}

extension Event: CustomStringConvertible {
    /// It as a line: `pid: 1, comm: "init"`.
    public var description: String { fields.description }
}

/// What comes out of rings: an event, or that some are missing.
public enum EventRecord: Sendable {
    /// An event.
    case event(Event)
    /// Events that were lost, at the place where they would have been.
    case lost(SampleLoss)
}

/// The types of the events of one map.
struct MapDecoder: Sendable {
    let map: String
    private let chooser: EventChooser?
    private let decoders: [EventDecoder]
    private let opaque = EventDecoder(plan: .unknown)

    /// Plans the types; what cannot be decoded is shown as bytes.
    init(map: String, _ types: [EventType]) {
        self.map = map
        chooser = try? EventChooser(types)
        decoders = (chooser?.plans ?? []).map { EventDecoder(plan: $0) }
    }

    func event(_ bytes: RawSpan, _ context: SampleContext) -> Event {
        let choice = chooser?.choose(bytes, isPadded: context.isPadded)
        let decoder = choice.map { decoders[$0] } ?? opaque
        return Event(
            fields: Row(decoder.row(bytes, isPadded: context.isPadded)),
            type: choice.map { decoders[$0].plan.typeName } ?? "", map: map, context: context)
    }
}

/// The types of the events of several maps, by the numbers of their sources.
struct EventDecoders: Sendable {
    private let maps: [MapDecoder]

    init(_ maps: [MapDecoder]) { self.maps = maps }

    /// The name of the map that a sample came through.
    func map(of context: SampleContext) -> String { decoder(context).map }

    func event(_ bytes: RawSpan, _ context: SampleContext) -> Event { decoder(context).event(bytes, context) }

    private func decoder(_ context: SampleContext) -> MapDecoder {
        let source = Int(context.source)
        return maps.indices.contains(source) ? maps[source] : MapDecoder(map: "", [])
    }
}
