// SPDX-License-Identifier: Apache-2.0

/// Why a type of the kernel is not the one that a relocation is about.
package enum COREMismatch: Sendable, Equatable {
    /// The structure has no such member; with its own members of similar names.
    case noMember(String, in: String, near: [String])
    /// The enumeration has no such name; with its own similar ones.
    case noEnumerator(String, in: String, near: [String])
    /// The member is of a type that cannot stand for the object's.
    case memberType(String, local: String, target: String)
    /// What the object indexes is no array.
    case noArray(String)
    /// The array is shorter than the object needs.
    case shortArray(index: Int, count: Int)
    /// The type as a whole differs.
    case otherType(String)
    /// The size of a field differs in a way that its load or store cannot follow.
    case memorySize(local: String, target: String)
    /// The kernel's bit-field cannot be read with one load.
    case wideBitField(String)
    /// The kernel's type has no size, or an offset is beyond all numbers.
    case noSize(String)
    /// The steps are more than can be followed.
    case tooDeep
}

extension COREMismatch: CustomStringConvertible {
    /// The reason as a clause.
    package var description: String {
        switch self {
        case .noMember(let name, let type, let near):
            "\(type) has no member `\(name)`" + Self.nearest(near)
        case .noEnumerator(let name, let type, let near):
            "\(type) has no enumerator `\(name)`" + Self.nearest(near)
        case .memberType(let name, let local, let target):
            "its member `\(name)` is of type \(target), and the program expects \(local)"
        case .noArray(let type): "\(type) is not an array"
        case .shortArray(let index, let count): "its array has \(count) elements, and the program reads number \(index)"
        case .otherType(let type): "\(type) differs from the program's"
        case .memorySize(let local, let target):
            "the field is \(target), and the program's \(local); only unsigned integers and pointers may change size"
        case .wideBitField(let name): "its bit-field `\(name)` crosses the borders of what one load reads"
        case .noSize(let type): "\(type) has no size"
        case .tooDeep: "its members are nested too deep"
        }
    }

    private static func nearest(_ names: [String]) -> String {
        names.isEmpty ? "" : "; nearest: " + names.map { "`\($0)`" }.joined(separator: ", ")
    }
}
