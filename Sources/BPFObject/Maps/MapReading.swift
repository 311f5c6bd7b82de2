// SPDX-License-Identifier: Apache-2.0

/// How a process gets at all elements of a map.
public enum MapReading: Sendable, Hashable {
    /// By their keys, one after the other or many with one call.
    case keys
    /// The element that would be taken out next, of a queue or stack, which hands out no more without taking it.
    case peek
    /// By the threads of /proc, each of which may have an element.
    case threads
    /// By the control groups, each of which may have an element.
    case controlGroups
    /// The elements of the maps that it holds.
    case innerMaps
    /// Not at all, for a reason.
    case unreadable(Reason)

    /// Why there is nothing to read.
    public enum Reason: Sendable, Hashable {
        /// It is a ring that programs send events through.
        case ring
        /// Processes write to it and programs read.
        case userRing
        /// It holds what programs use, of which the kernel tells processes nothing.
        case references
        /// It only answers whether a value is in it.
        case filter
        /// It is memory and has no elements.
        case memory
        /// Elements belong to sockets, which are found by their descriptors only.
        case sockets
        /// Elements belong to inodes, which are found by open files only.
        case inodes
        /// Its values are functions of the kernel's.
        case structure
        /// The kernel tells cookies of sockets where values have 8 bytes, and these have others.
        case socketsWithoutCookies
        /// It is newer than this version.
        case unknown
    }
}

extension MapReading.Reason {
    /// The cause of an error that says so.
    public var words: String {
        switch self {
        case .ring: "it is a ring of events, which are read as they come and not as elements"
        case .userRing: "it is a ring that processes write to; what is in it is for programs to read"
        case .references: "it holds files, events or sockets for programs, and the kernel does not tell which"
        case .filter: "it only answers whether a value was added, and does not keep the values"
        case .memory: "it is memory that programs share with processes, and has no elements"
        case .sockets: "its elements belong to sockets, and are found by the descriptor of a socket only"
        case .inodes: "its elements belong to inodes, and are found by an open file only"
        case .structure: "it is a structure of functions that the kernel calls, and not data"
        case .socketsWithoutCookies:
            "it holds sockets, and the kernel tells their cookies only where values have 8 bytes"
        case .unknown: "its type is newer than this version"
        }
    }
}
