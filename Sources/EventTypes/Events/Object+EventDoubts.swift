// SPDX-License-Identifier: Apache-2.0

package import BPFObject
internal import BTF
package import Diagnostics

extension Object {
    /// Warnings of this kind of one object.
    private static let mostEventDoubts = 16

    /// Events that the code sends shorter than each type that the source names for their map.
    ///
    /// Types that were inferred have the sizes that are sent. A longer event may end with what is no part of its type, and one
    /// that ends where a member does is its head on purpose; but no head has 8 bytes where a pointer would have them.
    ///
    /// - Parameter events: What ``events()`` tells.
    package func eventDoubts(_ events: [MapEvents]) -> [Diagnostic] {
        let named = events.filter { map in
            // Events of other tags may be of any size.
            map.types.allSatisfy { $0.tag == nil }
                && map.types.contains { $0.origin == .annotated || $0.origin == .declared }
        }
        guard !named.isEmpty else { return [] }
        var doubts: [Diagnostic] = []
        var seen: Set<[Int]> = []
        for emission in EmissionScanner(functions).found.sorted() {
            guard let index = emission.map, let size = emission.size, maps.indices.contains(index),
                let map = named.first(where: { $0.map == maps[index].name }),
                let type = map.types.min(by: { $0.sizes.lowerBound < $1.sizes.lowerBound }),
                size < type.sizes.lowerBound, size == Self.pointerSize || !Self.isHead(size, of: type.schema),
                doubts.count < Self.mostEventDoubts,
                // A call that several ways lead to is one place.
                seen.insert([emission.function, emission.instruction]).inserted
            else { continue }
            doubts.append(doubt(emission, size, map.map, type))
        }
        return doubts
    }

    private static let pointerSize = 8

    /// Whether so many bytes are the head of a type, or all of one of several forms that it has.
    private static func isHead(_ size: Int, of schema: EventSchema) -> Bool {
        // What cannot be read proves nothing.
        guard let types = try? BTF(parsing: schema.btf), let type = types.resolved(schema.typeID),
            type.kind == .structure
        else { return true }
        return EventHead.ends(at: size, of: type, types)
    }

    private func doubt(_ emission: Emission, _ size: Int, _ map: String, _ type: EventType) -> Diagnostic {
        let function = functions[emission.function]
        var doubt = Diagnostic(
            .eventSizeDiffers, .warning, stage: .program,
            "\(function.name) sends an event of \(size) bytes to \(map), and \(type.schema.name) has \(type.sizes.lowerBound)",
            cause: "members behind byte \(size) are in no such event, \(type.origin.words)",
            nextStep: "send all of it, or name the type that is sent: BPF_EVENT(\(map), struct …)")
        doubt.map = map
        doubt.section = function.sectionName
        if let line = typeInfo.lines(ofSection: function.sectionName)?[function.start + emission.instruction] {
            doubt.labels = [line]
        }
        doubt.object = name
        return doubt
    }
}
