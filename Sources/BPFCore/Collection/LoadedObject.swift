// SPDX-License-Identifier: Apache-2.0

internal import BPFObject
internal import Diagnostics

/// The loaded programs of an object with the maps they use; everything ends together.
struct LoadedObject: ~Copyable {
    var programs = ProgramList()
    /// The programs that the kernel refused and that were marked optional.
    private(set) var omissions: [LoadPlan.Omission] = []
    /// The programs that the kernel refused and that others may stand in for, with what it said.
    private(set) var refusals: [(program: ProgramDefinition, error: BPFError)] = []
    var maps: MapList
    private var pins = ProgramPins()

    init(maps: consuming MapList) { self.maps = maps }

    mutating func omit(_ omission: LoadPlan.Omission) { omissions.append(omission) }

    mutating func refuse(_ program: ProgramDefinition, _ error: BPFError) { refusals.append((program, error)) }

    /// Tells that the kernel does not have the object's types.
    mutating func note(types reason: Diagnostic, object: String) {
        var note = Diagnostic(
            .typesNotLoaded, .warning, stage: .program, "the object's types (BTF) are not loaded",
            cause: [reason.message, reason.cause].compactMap(\.self).joined(separator: ": "), details: reason.details)
        note.object = object
        maps.note(note)
    }

    /// What the user should know of the pins.
    var notes: [Diagnostic] { maps.notes }

    mutating func pinPrograms(in directory: String) throws(BPFError) -> [String] {
        var paths: [String] = []
        for index in 0..<programs.count {
            let definition = programs.definitions[index]
            // A program that is loaded in two forms has one name.
            let isSecond = programs.index(of: definition.name) != index
            paths.append(
                try pins.add(
                    program: programs.descriptor(at: index), named: definition.name + (isSecond ? "_syscall" : ""),
                    in: directory))
        }
        return paths
    }

    mutating func keepPins() {
        maps.keepPins()
        pins.keep()
    }
}
