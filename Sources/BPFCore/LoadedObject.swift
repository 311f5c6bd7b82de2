// SPDX-License-Identifier: Apache-2.0

internal import BasicContainers
public import BPFObject
public import Diagnostics

/// The loaded programs of an object with the maps they use; everything is let go together.
public struct LoadedObject: ~Copyable {
    /// The programs' definitions, in the order in which they were loaded.
    public private(set) var definitions: [ProgramDefinition] = []
    /// The programs that the kernel refused and that were marked optional.
    public private(set) var omissions: [LoadPlan.Omission] = []
    private var programs = UniqueArray<ProgramHandle>()
    var maps: LoadedMaps
    private var pins = ProgramPins()

    init(maps: consuming LoadedMaps) { self.maps = maps }

    mutating func add(_ program: consuming ProgramHandle, _ definition: ProgramDefinition) {
        programs.append(program)
        definitions.append(definition)
    }

    mutating func omit(_ omission: LoadPlan.Omission) { omissions.append(omission) }

    /// Tells that the kernel does not have the object's types.
    mutating func note(types reason: Diagnostic, object: String) {
        var note = Diagnostic(
            .warning, stage: .program, "the object's types (BTF) are not loaded",
            cause: [reason.message, reason.cause].compactMap(\.self).joined(separator: ": "), details: reason.details,
            exitStatus: .success)
        note.object = object
        maps.note(note)
    }

    /// The number of programs.
    public var count: Int { programs.count }

    /// The descriptor of a program, by its place in ``definitions``; borrowed as long as this value lives.
    public func descriptor(ofProgram index: Int) -> Int32 { programs[index].descriptor.rawValue }

    /// What the kernel tells of a program.
    public func info(ofProgram index: Int) throws(BPFError) -> ProgramHandle.Info { try programs[index].info() }

    /// The one value of a map made of data, by the map's index in the object; nil if that map was not created.
    public func value(ofMap index: Int) throws(BPFError) -> [UInt8]? { try maps.value(ofMap: index) }

    /// What became of each map.
    public var mapReports: [MapReport] { maps.reports }

    /// What the user should know of the pins.
    public var notes: [Diagnostic] { maps.notes }

    /// Pins all programs in a folder of a bpf file system, each under its function's name.
    ///
    /// - Returns: The paths of the pins, which go with this value unless they are kept.
    public mutating func pinPrograms(in folder: String) throws(BPFError) -> [String] {
        var paths: [String] = []
        for index in 0..<programs.count {
            paths.append(
                try pins.add(program: descriptor(ofProgram: index), named: definitions[index].name, in: folder))
        }
        return paths
    }

    /// Lets the pins that were made outlive this value; until then they go with it.
    public mutating func keepPins() {
        maps.keepPins()
        pins.keep()
    }
}
