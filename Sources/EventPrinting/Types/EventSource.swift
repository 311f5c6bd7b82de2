// SPDX-License-Identifier: Apache-2.0

internal import BPFObject
internal import EventDecoding

/// The types of the events of one source, and how those are shown.
final class EventSource {
    /// Its number; nil is that of a stream of frames.
    let number: UInt32?
    /// The name of the map; empty if it is not known.
    let map: String
    private let isPadded: Bool
    private let chooser: EventChooser
    /// How events of each type are shown, in the order of the chooser's plans.
    private let views: [EventView]
    /// How events of no known type are shown.
    private let unknown: EventView
    /// How the elements of the map are shown, if it has such and their type is known.
    let element: (view: EventView, parts: ElementParts)?
    /// How the documents' event is shown, which a stream of 2018 says nothing of; made when there is one.
    private var original: EventView?
    private let makeOriginal: () throws(InputFailure) -> EventView

    /// Plans how the events of a source are shown.
    ///
    /// - Parameters:
    ///   - number: Its number.
    ///   - map: The name of the map.
    ///   - isPadded: Whether sizes include the kernel's padding.
    ///   - types: The types of its events; none if they are not known.
    ///   - unknown: How events of no known type are shown.
    ///   - makeOriginal: Makes the view of the documents' event.
    init(
        _ number: UInt32?, map: String, isPadded: Bool, types: [PlannedType], unknown: EventView,
        makeOriginal: @escaping () throws(InputFailure) -> EventView
    ) throws(InputFailure) {
        self.number = number
        self.map = map
        self.isPadded = isPadded
        do throws(EventChooser.Failure) {
            chooser = try EventChooser(types.map(\.view.plan), tags: types.map(\.tag))
        } catch {
            throw InputFailure(diagnostic: error.diagnostic)
        }
        views = types.map(\.view)
        element = types.first.flatMap { type in type.parts.map { (type.view, $0) } }
        self.unknown = unknown
        self.makeOriginal = makeOriginal
    }

    /// How an event is shown, whether its last bytes may be the kernel's padding, and how many bytes are it.
    ///
    /// - Returns: Nil for the documents' event of a machine of the other byte order.
    @inline(__always)
    func view(of event: RawSpan, isForeign: Bool) throws(InputFailure) -> (view: EventView, isPadded: Bool, size: Int)?
    {
        if views.isEmpty {
            guard OriginalEvent.frameSizes.contains(event.byteCount) else { return (unknown, false, event.byteCount) }
            return isForeign ? nil : (try originalView(), true, OriginalEvent.size)
        }
        guard let index = chooser.choose(event, isPadded: isPadded) else { return (unknown, false, event.byteCount) }
        return (views[index], isPadded, chooser.size(of: event, plan: index, isPadded: isPadded))
    }

    private func originalView() throws(InputFailure) -> EventView {
        if let original { return original }
        let view = try makeOriginal()
        original = view
        return view
    }

    /// A view that its events have, for what stands beside them.
    var firstView: EventView { views.first ?? original ?? unknown }
}
