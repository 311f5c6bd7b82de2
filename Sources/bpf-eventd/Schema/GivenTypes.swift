// SPDX-License-Identifier: Apache-2.0

internal import BPFObject
internal import Diagnostics
internal import EventStream
internal import EventTypes
internal import ToolSupport

/// What the command line gives of the types of events: types by name (`--type`), or an object that tells them itself.
struct GivenTypes {
    /// The types that were named, by the maps' numbers.
    var named: [UInt32: [CaptureSchema]] = [:]
    /// What the object tells; nil if it was not asked.
    var events: [MapEvents]?

    /// The types of a map; none if nothing is given for it.
    ///
    /// - Parameters:
    ///   - number: The map's number.
    ///   - pin: The name of its pin.
    ///   - name: The name that the kernel has, of up to 15 characters.
    ///   - isOnly: Whether it is the only map: with the only one of the object there is no doubt, whatever its name is.
    func schemas(of number: UInt32, pin: String, name: String, isOnly: Bool) -> [CaptureSchema] {
        guard let events else { return named[number] ?? [] }
        let typed = events.filter { !$0.types.isEmpty }
        let map =
            typed.first { $0.map == pin || $0.map == name } ?? (isOnly && typed.count == 1 ? typed.first : nil)
        return (map?.types ?? []).map { CaptureSchema($0, source: number) }
    }

    /// What the user should know of a map that the object was asked for in vain.
    func note(ofMap pin: String) -> Diagnostic? {
        guard let events else { return nil }
        let typed = events.filter { !$0.types.isEmpty }.map(\.map)
        let notes = events.filter { $0.map == pin }.flatMap(\.notes)
        return Diagnostic(
            .eventsUntyped, .note, stage: .object, "the object does not say what the events of \(pin) are",
            cause: notes.first ?? (typed.isEmpty ? nil : "it tells it of " + typed.joined(separator: ", ")),
            nextStep: "if it has their type, name it: --type 'struct event'")
    }
}
