// SPDX-License-Identifier: Apache-2.0

internal import BTF
internal import BPFObject
internal import Diagnostics
internal import EventDecoding
internal import EventStream
internal import EventTypes

/// A type of events, and how those are shown.
struct PlannedType {
    let tag: EventTag?
    let view: EventView
    /// What elements of a map consist of; nil for events.
    var parts: ElementParts?
}

/// A type that a capture tells of a source, and what was made of it.
///
/// It is read and planned once, when the first event comes that may have it, however often the capture tells of others.
final class CarriedType {
    /// What the capture tells.
    let schema: CaptureSchema
    /// What was made of it: nil as long as no event has asked for it.
    var planned: PlannedType??
    /// Schemas that are equal have the same; what is compared with 255 others is compared by this first.
    private let digest: Int

    init(_ schema: CaptureSchema) {
        self.schema = schema
        digest = Self.digest(schema)
    }

    private static func digest(_ schema: CaptureSchema) -> Int {
        var hasher = Hasher()
        unsafe schema.btf.withUnsafeBytes { unsafe hasher.combine(bytes: $0) }
        hasher.combine(schema.typeID)
        hasher.combine(schema.tagValue)
        hasher.combine(schema.sent)
        hasher.combine(schema.typeName)
        return hasher.finalize()
    }

    /// Whether two say the same of the same source.
    func isSame(_ other: CarriedType) -> Bool { digest == other.digest && schema == other.schema }

    /// The type with all that it needs.
    ///
    /// - Throws: What is wrong with it.
    func type() throws(EventSchemaError) -> EventType {
        EventType(
            schema: try EventSchema(name: schema.typeName, btf: schema.btf, typeID: Int(schema.typeID ?? 0)),
            tag: schema.tagField.isEmpty ? nil : EventTag(field: schema.tagField, value: schema.tagValue ?? 0),
            origin: .named, sent: schema.sent.map { Int($0.lowerBound)...Int($0.upperBound) })
    }
}

/// What the types of all sources of all captures together may take, however many there are: memory for what is planned
/// now, and time for all that was ever planned or looked through.
final class PlanRoom {
    /// Values that are planned at once.
    static let values = 1 << 17
    /// Bytes of names that are kept at once.
    static let names = 8 << 20
    /// What each of several streams has, however much others took.
    fileprivate static let own = (values: 1 << 10, names: 32 << 10, work: 1 << 14)
    /// Steps of planning that every stream has; further ones are paid for by the types that it brings.
    private static let ownWork = 1 << 18

    private let most: (values: Int, names: Int, work: Int)
    fileprivate var values = 0
    fileprivate var names = 0
    fileprivate var work = 0
    /// Bytes of all types that ever came.
    fileprivate var received = 0

    /// - Parameter streams: How many streams share it.
    init(streams: Int = 1) {
        let streams = min(max(streams, 1), 1 << 20)
        most = (
            max(Self.values, streams * Self.own.values / 8), max(Self.names, streams * Self.own.names / 2),
            streams * Self.ownWork
        )
    }

    /// Whether there is room for another type.
    fileprivate var isLeft: Bool {
        values < most.values && names < most.names && work < most.work + received / 32
    }
}

/// What the types of one capture have of the room, which goes back with them.
struct PlanBudget: ~Copyable {
    private let room: PlanRoom
    private var values = 0
    private var names = 0
    private var work = 0

    init(of room: PlanRoom) { self.room = room }

    deinit { giveBack(values, names) }

    /// Whether there is room for another type.
    var isLeft: Bool {
        let own = PlanRoom.own
        return room.isLeft || values < own.values && names < own.names && work < own.work
    }

    /// Notes that a stream brought a type.
    func receive(_ bytes: Int) { room.received += bytes }

    /// Notes what a plan takes.
    mutating func take(_ plan: DecodingPlan) {
        values += plan.valueCount
        names += plan.nameBytes
        room.values += plan.valueCount
        room.names += plan.nameBytes
        work += plan.valueCount + plan.work
        room.work += plan.valueCount + plan.work
    }

    /// Notes that a plan was let go.
    mutating func giveBack(_ plan: DecodingPlan) {
        values -= plan.valueCount
        names -= plan.nameBytes
        giveBack(plan.valueCount, plan.nameBytes)
    }

    private func giveBack(_ values: Int, _ names: Int) {
        room.values -= values
        room.names -= names
    }

    /// Notes that so many bytes of types were looked through.
    mutating func lookThrough(_ bytes: Int) {
        work += bytes / 64
        room.work += bytes / 64
    }

    /// Notes that all plans were let go.
    mutating func clear() {
        giveBack(values, names)
        (values, names) = (0, 0)
    }
}
