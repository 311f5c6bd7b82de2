// SPDX-License-Identifier: Apache-2.0

public import BPFCore
internal import BPFObject
internal import Diagnostics
internal import EventTypes
public import Records

/// Reads the events of maps by type, in the thread that calls it.
///
///     var reader = try programs.reader(of: "rb")
///     while try reader.wait() { try reader.drain { event in print(event) } }
public struct EventReader: ~Copyable {
    private var group: ReaderGroup
    private let decoders: EventDecoders

    init(_ group: consuming ReaderGroup, _ decoders: EventDecoders) {
        self.group = group
        self.decoders = decoders
    }

    /// Waits until something is there to be drained, or the time is up.
    ///
    /// - Parameter milliseconds: 0 only looks; a negative number waits for ever.
    /// - Returns: Whether something is there.
    public mutating func wait(milliseconds: Int = -1) throws(BPFError) -> Bool {
        try group.wait(milliseconds: milliseconds)
    }

    /// Hands out every event that is there.
    ///
    /// - Parameters:
    ///   - body: Gets an event.
    ///   - lost: Gets the losses, in their places between the events.
    /// - Returns: The number of events.
    /// - Throws: What the closures throw, and ``BPFCore/BPFError`` of operation `drainRing`.
    @discardableResult
    public mutating func drain(
        _ body: (Event) throws -> Void, lost: (SampleLoss) throws -> Void = { _ in }
    ) throws -> Int {
        let decoders = decoders
        return try group.drain({ try body(decoders.event($0.bytes, $0.context)) }, lost: lost)
    }

    /// Hands out every event that is there as a value of a type that is laid out as the program's: a structure in C, or of
    /// a probe in Swift, in a file that both compile.
    ///
    /// - Parameters:
    ///   - type: The type. The bytes are taken as they are: of a program that is not your own, a `Bool` may be 2.
    ///   - body: Gets an event, and what the ring says of it.
    ///   - lost: Gets the losses, in their places between the events.
    /// - Returns: The number of events.
    /// - Throws: What the closures throw, and ``BPFCore/BPFError`` of operation `drainRing`; also at an event of another
    ///   size, which counts as read.
    @discardableResult
    public mutating func drain<Value: BitwiseCopyable>(
        as type: Value.Type, _ body: (Value, SampleContext) throws -> Void,
        lost: (SampleLoss) throws -> Void = { _ in }
    ) throws -> Int {
        let decoders = decoders
        return try group.drain(
            { sample in
                let size = MemoryLayout<Value>.stride
                let count = sample.bytes.byteCount
                // The kernel pads records of perf event arrays, with their size in front, to 8 bytes.
                guard count == size || sample.context.isPadded && count > size && count < size + 8 else {
                    let map = decoders.map(of: sample.context)
                    throw BPFError(
                        .drainRing, .ringOtherType, "cannot read an event of \(map) as \(Value.self)",
                        cause: "it has \(count) bytes, and \(Value.self) has \(size)",
                        nextStep: "drain(_:) gives events of any size, with their types")
                }
                // Any bits are a value of it, and all of them are in the event.
                try body(unsafe sample.bytes.unsafeLoadUnaligned(as: Value.self), sample.context)
            }, lost: lost)
    }

    /// Reads for a while: waits, and hands out events as they come.
    ///
    /// - Parameters:
    ///   - duration: How long.
    ///   - body: Gets an event.
    ///   - lost: Gets the losses.
    public mutating func run(
        for duration: Duration, _ body: (Event) throws -> Void, lost: (SampleLoss) throws -> Void = { _ in }
    ) throws {
        let clock = ContinuousClock()
        let end = clock.now + duration
        while true {
            let left = (end - clock.now) / .milliseconds(1)
            guard left > 0 else { break }
            _ = try wait(milliseconds: Int(min(left.rounded(.up), 1e9)))
            try drain(body, lost: lost)
        }
        try drain(body, lost: lost)
    }
}

extension BPFCollection {
    /// A reader of the events of maps, in the thread that calls it.
    ///
    /// - Parameter maps: Perf event arrays and ring buffers of the object; none is all that it has.
    public func reader(of maps: String...) throws(BPFError) -> EventReader { try reader(ofMaps: maps) }

    /// The events of maps, as they come, read by a thread of their own.
    ///
    /// - Parameter maps: Perf event arrays and ring buffers of the object; none is all that it has.
    public func events(of maps: String...) throws(BPFError) -> EventSequence {
        EventSequence(records: try records(ofMaps: maps))
    }

    /// The events of maps and the losses between them, as they come, read by a thread of their own.
    ///
    /// - Parameter maps: Perf event arrays and ring buffers of the object; none is all that it has.
    public func records(of maps: String...) throws(BPFError) -> EventRecords {
        try records(ofMaps: maps)
    }

    private func reader(ofMaps names: [String]) throws(BPFError) -> EventReader {
        var decoders = EventDecoders([])
        let group = try group(ofMaps: names, &decoders)
        return EventReader(group, decoders)
    }

    private func records(ofMaps names: [String]) throws(BPFError) -> EventRecords {
        var decoders = EventDecoders([])
        let group = try group(ofMaps: names, &decoders)
        return try EventRecords(group, decoders)
    }

    private func group(ofMaps names: [String], _ all: inout EventDecoders) throws(BPFError) -> ReaderGroup {
        let own = object.maps.filter { $0.type.holdsEvents }.map(\.name)
        let names = names.isEmpty ? own : names
        guard !names.isEmpty else {
            throw BPFError(
                .openRing, .noEvents, "\(object.name) sends no events",
                cause: "it has no perf event array and no ring buffer",
                nextStep: "read its maps: map(_:), table(_:)")
        }
        let types = Dictionary(object.events().map { ($0.map, $0.types) }) { first, _ in first }
        var group = try ReaderGroup()
        var decoders: [MapDecoder] = []
        for name in names {
            let map = try map(name)
            try group.add(map, source: UInt32(decoders.count))
            // What `RINGBUF_LOST` of ringbuf_lost.h makes beside a ring buffer.
            if map.type == .ringbuf, let counts = try? self.map("\(name)_lost"),
                (try? counts.info()).map(LossCounter.hasForm) == true
            {
                try group.countLosses(of: UInt32(decoders.count), in: counts)
            }
            decoders.append(MapDecoder(map: name, types[name] ?? []))
        }
        all = EventDecoders(decoders)
        return group
    }
}
