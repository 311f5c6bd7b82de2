// SPDX-License-Identifier: Apache-2.0

internal import BasicContainers
internal import Diagnostics

/// The links of a collection.
public struct LinkList: ~Copyable {
    private var links = UniqueArray<Link>()
    /// The program of each, by its name in the object; of a structure of functions the name of its variable.
    public private(set) var programs: [String] = []

    init() {}

    /// How many there are.
    public var count: Int { links.count }

    /// A link, borrowed.
    public subscript(index: Int) -> Link { _read { yield links[index] } }

    mutating func append(_ link: consuming Link, of program: String) {
        links.append(link)
        programs.append(program)
    }

    mutating func popLast() -> Link? {
        _ = programs.popLast()
        return links.popLast()
    }

    /// Whether one of them is attached CPU by CPU.
    var followsCPUs: Bool {
        for index in 0..<count where links[index].followsCPUs { return true }
        return false
    }

    /// Lets each follow the CPUs, and tells what is the same of several of them once.
    mutating func followCPUs() -> [Diagnostic] {
        var notes: [Diagnostic] = []
        for index in 0..<count {
            for note in links[index].followCPUs() where !notes.contains(note) { notes.append(note) }
        }
        return notes
    }

    /// Notes where each link is pinned.
    mutating func note(pins: [String]) {
        for index in 0..<min(count, pins.count) { links[index].pin = pins[index] }
    }
}
