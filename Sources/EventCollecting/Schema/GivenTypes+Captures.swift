// SPDX-License-Identifier: Apache-2.0

internal import BPFObject
internal import Diagnostics
internal import EventStream
internal import EventTypes
internal import ToolSupport

extension GivenTypes {
    /// The types of a map, for a capture; none if nothing is given for it.
    ///
    /// - Parameters:
    ///   - number: The map's number.
    ///   - pin: The name of its pin.
    ///   - name: The name that the kernel has, of up to 15 characters.
    ///   - isOnly: Whether it is the only map.
    func schemas(of number: UInt32, pin: String, name: String, isOnly: Bool) -> [CaptureSchema] {
        guard case .types(let types, _) = choice(ofMap: [pin, name], isOnly: isOnly) else { return [] }
        return types.map { type in
            var schema = CaptureSchema(type, source: number)
            schema.origin = origin(of: type)
            return schema
        }
    }

    /// How a type is known, as the end of a sentence.
    func origin(of type: EventType) -> String {
        guard type.origin == .named, let object else { return type.origin.words }
        return "told by --type, from the types of \(object.name)"
    }

    /// What the user should know of a map that the object was asked for in vain.
    func note(ofMap pin: String) -> Diagnostic? {
        guard let events else { return nil }
        let typed = typedMaps.map(\.map)
        let notes = events.filter { $0.map == pin }.flatMap(\.notes)
        return Diagnostic(
            .eventsUntyped, .note, stage: .object, "the object does not say what the events of \(pin) are",
            cause: notes.first ?? (typed.isEmpty ? nil : "it tells it of " + typed.joined(separator: ", ")),
            nextStep: "if it has their type, name it: --type 'struct event'")
    }
}
