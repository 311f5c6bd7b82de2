// SPDX-License-Identifier: Apache-2.0

/// Which map the elements of a snapshot are of, in all that is drawn.
enum MapKey: Hashable, Comparable {
    /// One that only its number in the capture tells: in another capture the number stands for another map.
    case source(UInt32)
    /// A map of the kernel, whose values count on whoever collects them: a capture that goes on behind another one, as of a
    /// daemon that was started again, has the same map.
    case map(boot: String, id: UInt32)
}

/// The maps of a capture by the numbers of their sources.
struct MapKeys {
    private var keys: [UInt32: MapKey] = [:]

    /// Maps of other captures that are kept in mind: beyond these they are settled.
    static let most = 256

    /// Takes in which map a source stands for.
    ///
    /// - Parameters:
    ///   - source: The number of the source.
    ///   - boot: The id of the boot of its machine; empty if it is not known.
    ///   - id: The map's id; nil if it is not known.
    mutating func note(_ source: UInt32, boot: String, id: UInt32?) {
        keys[source] = id.flatMap { boot.isEmpty ? nil : MapKey.map(boot: boot, id: $0) }
    }

    /// The map of a source.
    subscript(source: UInt32) -> MapKey { keys[source] ?? .source(source) }

    /// Forgets which maps sources stand for: another capture begins.
    mutating func removeAll() { keys = [:] }
}

extension Dictionary where Key == MapKey {
    /// The maps that can have no further snapshot once a capture has ended, in their order.
    ///
    /// - Parameters:
    ///   - boot: The boot that the next capture is of; nil if no capture comes any more.
    ///   - most: As many are kept.
    func settledKeys(before boot: String?, most: Int = MapKeys.most) -> [MapKey] {
        let takesAll = count > most
        return keys.filter { key in
            guard !takesAll, case .map(let other, _) = key else { return true }
            return other != boot
        }.sorted()
    }
}
