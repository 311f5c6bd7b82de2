// SPDX-License-Identifier: Apache-2.0

internal import BasicContainers
public import BPFObject
internal import Diagnostics

/// The loaded programs of an object.
public struct ProgramList: ~Copyable {
    /// What the object says of them, in the order in which they were loaded.
    public private(set) var definitions: [ProgramDefinition] = []
    private var handles = UniqueArray<Program>()

    init() {}

    mutating func add(_ program: consuming Program, _ definition: ProgramDefinition) {
        handles.append(program)
        definitions.append(definition)
    }

    /// How many there are.
    public var count: Int { handles.count }

    /// Their names, those of their functions.
    public var names: [String] { definitions.map(\.name) }

    /// A handle of a program, which lives on its own.
    ///
    /// - Throws: ``BPFError`` that lists the programs if none has the name.
    func handle(named name: String) throws(BPFError) -> Program {
        guard let index = index(of: name) else { throw missing(name) }
        return try handles[index].duplicate()
    }

    /// What the kernel says of a program, by its place in ``definitions``.
    public func info(at index: Int) throws(BPFError) -> Program.Info { try handles[index].info() }

    /// Takes what a program has printed, by its place in ``definitions``: see ``Program/read(_:into:)``.
    public func read(_ stream: Program.Stream, at index: Int, into buffer: inout [UInt8]) throws(BPFError) -> Int? {
        try handles[index].read(stream, into: &buffer)
    }

    func descriptor(at index: Int) -> Int32 { handles[index].descriptor.rawValue }

    func index(of name: String) -> Int? { definitions.firstIndex { $0.name == name } }

    func missing(_ name: String) -> BPFError {
        BPFError(
            .info, .programUnknown, "no program \(name) is loaded", cause: NamesThere.words(for: name, names),
            nextStep: NamesThere.hint(for: name, names))
    }
}
