// SPDX-License-Identifier: Apache-2.0

package import BPFObject
package import EventTypes

/// What a command line gives of the types of events: declarations in C, names of types, or an object that tells them.
///
/// It goes before what a stream, a loader or the kernel tells.
package struct GivenTypes {
    /// What is given for the events of a map.
    package enum Choice {
        /// Nothing: what others tell counts.
        case nothing
        /// These types, and a key that distinguishes them from those of other maps.
        case types([EventType], key: String)
        /// Types by their names, among those that a stream carries.
        case named(TypeNames)
    }

    /// The object with the types; nil if none is named.
    package private(set) var object: Object?
    /// What the object tells of its maps; nil if it is not asked, or types are named instead.
    package private(set) var events: [MapEvents]?
    private var entries: [(map: String?, types: [EventType])] = []
    private var names: TypeNames?

    /// Nothing is given.
    package init() {}

    /// Types by their names, which are looked for in the stream.
    package init(names: TypeNames) { self.names = names }

    /// An object, which tells the types of its maps unless ``give(_:to:)`` gives some.
    package init(object: Object, isAsked: Bool) {
        self.object = object
        if isAsked { events = object.events() }
    }

    /// Gives types to a map, in the place of those that it was given before.
    ///
    /// - Parameter map: The name of the map's pin; nil for all maps.
    package mutating func give(_ types: [EventType], to map: String? = nil) {
        entries.append((map, types))
    }

    /// The types that were written down or named for a map; none where there is only what the object tells.
    package func written(for map: String) -> [EventType] { written(map)?.types ?? [] }

    private func written(_ map: String?) -> (map: String?, types: [EventType])? {
        entries.last { $0.map == nil || $0.map == map }
    }

    /// The maps of the object whose types it tells.
    package var typedMaps: [MapEvents] { events?.filter { !$0.types.isEmpty } ?? [] }

    /// What is given for the events of a map.
    ///
    /// - Parameters:
    ///   - names: What the map is called, the name of its pin first; none where nobody says it.
    ///   - isOnly: Whether no other map is there: with the only one of the object there is no doubt, whatever its name is.
    package func choice(ofMap names: [String], isOnly: Bool) -> Choice {
        if let names = self.names { return .named(names) }
        guard let events else {
            return written(names.first).map { .types($0.types, key: $0.map ?? "") } ?? .nothing
        }
        let typed = typedMaps
        // A name that is the map's own before one that the kernel has cut: two maps may be alike in 15 characters.
        let isNamed = events.contains { names.contains($0.map) }
        let exact = typed.first { $0.map == names.first } ?? typed.first { names.contains($0.map) }
        let found =
            exact ?? (isNamed ? nil : typed.first { $0.isCalled(names) })
            ?? (isOnly && typed.count == 1 ? typed.first : nil)
            ?? events.first { names.contains($0.map) } ?? events.first { $0.isCalled(names) }
        return found.map { .types($0.types, key: $0.map) } ?? .nothing
    }
}

extension MapEvents {
    /// Whether a map has one of the names: the kernel keeps 15 characters of it.
    fileprivate func isCalled(_ names: [String]) -> Bool {
        names.contains { $0 == map || $0.utf8.count == 15 && map.utf8.prefix(15).elementsEqual($0.utf8) }
    }
}
