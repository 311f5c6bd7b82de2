// SPDX-License-Identifier: Apache-2.0

internal import BTF
package import Diagnostics

/// What is wrong with a map of section `.maps` or with a section of data.
package enum MapFault: Sendable, Equatable {
    /// The section cannot be read without the object's BTF.
    case noTypes
    /// A variable has no symbol in the section.
    case noSymbol
    /// The map is `static`.
    case notGlobal
    /// The variable is no structure.
    case notStructure
    /// Something in the section is no map of its BTF: bytes from the section's start.
    case noVariables
    /// A member is not known; with those of a similar name.
    case unknownMember(String, near: [String])
    /// A member is not of the form that its macro gives it, such as `__uint`.
    case memberForm(String, expected: String)
    /// A member's number does not fit.
    case memberRange(String, value: UInt64)
    /// Two members differ on one size.
    case sizeConflict(String, UInt32, UInt32)
    /// The size of a type is not known.
    case typeSize(String, id: Int)
    /// `pinning` is neither 0 nor 1.
    case pinning(UInt32)
    /// `values` is not the last member.
    case valuesNotLast
    /// `values` is in a map of a type that holds neither maps nor programs.
    case valuesOfType(MapType)
    /// `values` is in an inner map.
    case valuesInInner
    /// The inner map is pinned.
    case pinnedInner
    /// The values of a map of maps or programs do not have 4 bytes.
    case valueSize(UInt32)
    /// There is no `type`.
    case noType
    /// A slot is not at a pointer of `values`, in bytes from the map's start.
    case slotPlace(UInt64)
    /// A slot beyond the map's entries.
    case slotIndex(UInt32, entries: UInt32)
    /// What a slot names is neither a map of `.maps` nor a function.
    case slotTarget(String)
    /// The keys are not the 4 bytes of a slot's number.
    case slotKeySize(UInt32)
    /// The data is larger than is read.
    case dataSize(UInt64, limit: Int)
    /// There is no such map to change; with the setting that names it and those there are.
    case noMap(Diagnostic.Setting.Kind, near: [String], all: [String])
    /// The text of a setting is not `NAME=…`.
    case optionForm(Diagnostic.Setting.Kind, text: String, expected: String)
    /// The size of the map cannot be changed; with the setting that asks for it.
    case fixedSize(Diagnostic.Setting.Kind)
    /// Variables of address space 1 without an arena to hold them.
    case noArena
    /// More than one arena for the variables of address space 1.
    case severalArenas
}

extension MapFault {
    /// Whether the command line is wrong and not the object.
    var isUsage: Bool {
        switch self {
        case .noMap, .optionForm, .fixedSize: true
        default: false
        }
    }

    /// What the caller set wrong.
    var setting: Diagnostic.Setting? {
        switch self {
        case .noMap(let kind, _, _), .optionForm(let kind, _, _), .fixedSize(let kind): Diagnostic.Setting(kind)
        default: nil
        }
    }

    /// What an error says.
    func words(_ error: ObjectError) -> ObjectError.Reason.Words {
        typealias Words = ObjectError.Reason.Words
        let map = error.map ?? ""
        let section = error.section ?? ""
        switch self {
        case .noTypes:
            return Words(
                "the maps of section .maps cannot be read", "the object has no BTF that describes them",
                next: "\(.compile("-g"), "compile with -g"), and do not strip with more than llvm-strip -g")
        case .noVariables:
            return Words(
                "section .maps has no maps in the object's BTF", "its BTF has no section .maps with variables",
                next: "declare each map as a global variable: struct { __uint(type, …); … } name SEC(\".maps\")")
        case .noSymbol:
            return Words(
                "map \(map) is not in section .maps", "the object's BTF has it, and its symbols do not",
                next: "do not strip the symbols of the object")
        case .notGlobal:
            return Words("map \(map) is static", "maps of section .maps are global", next: "remove static from \(map)")
        case .notStructure:
            return Words(
                "\(map) in section .maps is not a structure", next: "declare it with struct { __uint(type, …); … }")
        case .unknownMember(let member, let near):
            let others = near.isEmpty ? Self.members : near
            return Words(
                "map \(map) has a member that is not known: \(member)",
                "what it asks for would be lost" + (near.isEmpty ? "" : "; is it \(near.joined(separator: " or "))?"),
                details: near.isEmpty ? ["the members are " + others.joined(separator: ", ")] : [],
                next: near.isEmpty ? "leave the member out" : "rename the member")
        case .memberForm(let member, let expected):
            return Words(
                "the member \(member) of map \(map) is not what it should be", "it should be written \(expected)",
                next: "use the macros of bpf_helpers.h")
        case .memberRange(let member, let value):
            return Words(
                "the member \(member) of map \(map) is too large", "it is \(value), and it has 32 bits",
                next: "write a smaller number")
        case .sizeConflict(let member, let first, let second):
            return Words(
                "map \(map) has two sizes for its \(member)", "\(first) and \(second) bytes",
                next: "leave out \(member)_size: __type(\(member), …) tells it")
        case .typeSize(let member, let id):
            return Words(
                "the size of the \(member) of map \(map) is not known", "type \(id) of the object's BTF has none",
                next: "name a complete type, or use __uint(\(member)_size, …)")
        case .pinning(let number):
            return Words(
                "map \(map) has pinning \(number)", "section .maps knows 0, none, and 1, by name",
                next: "write __uint(pinning, LIBBPF_PIN_BY_NAME), or use \(.mapPin, map, to: "PATH")")
        case .pinnedInner:
            return Words(
                "the inner map of \(map) has a member pinning", "it has no name to pin it by", next: "leave it out")
        case .valuesNotLast:
            return Words("values is not the last member of map \(map)", next: "move it to the end")
        case .valuesOfType(let type):
            return Words(
                "map \(map) of type \(type) has a member values", "only maps of maps and program arrays hold others",
                next: "leave it out")
        case .valuesInInner:
            return Words(
                "the inner map of \(map) holds others itself", "the kernel allows one level",
                next: "let \(map) hold a plain map")
        case .valueSize(let size):
            return Words(
                "map \(map) has values of \(size) bytes", "those of maps of maps and program arrays have 4",
                next: "leave out value and value_size")
        case .noType: return Words("map \(map) has no type", next: "write __uint(type, BPF_MAP_TYPE_…)")
        case .slotPlace(let offset):
            return Words(
                "a value of map \(map) is not in its member values", "it is at byte \(offset) of the map",
                next: "write .values = { [N] = &inner }")
        case .slotIndex(let index, let entries):
            return Words(
                "map \(map) has a value for slot \(index), and it has \(entries)", next: "raise max_entries of \(map)")
        case .slotTarget(let symbol):
            return Words(
                "\(symbol) cannot be a value of map \(map)", "it is neither a map of section .maps nor a program",
                next: "name maps in a map of maps, and functions in a program array")
        case .slotKeySize(let size):
            return Words(
                "map \(map) cannot have values in its declaration",
                "its keys have \(size) bytes, and the number of a slot has 4", next: "use __type(key, int)")
        case .dataSize(let size, let limit):
            return Words(
                "section \(section) is too large", "it claims \(size) bytes, and \(limit) are taken at most",
                next: "keep large tables in a map")
        case .noMap(_, let near, let all):
            return Words(
                "the object has no map \(map)",
                near.isEmpty ? nil : "is it \(near.joined(separator: " or "))?",
                details: all.isEmpty ? [] : ["its maps are " + ObjectError.Reason.enumerate(all)],
                next: "name a map of the object")
        case .optionForm(let setting, let text, let expected):
            return Words(
                "\(text) cannot be understood", "it should be \(expected)",
                next: "write \(setting, expected)")
        case .noArena:
            return Words(
                "the object has variables of address space 1 and no arena", "they are in section \(section)",
                next: "declare one map of type BPF_MAP_TYPE_ARENA in section .maps")
        case .severalArenas:
            return Words(
                "the object has more than one arena", "the variables of section \(section) belong to one",
                next: "declare one map of type BPF_MAP_TYPE_ARENA")
        case .fixedSize(.mapPin):
            return Words(
                "\(map) cannot be pinned as a map", "it is a structure of functions, which a link registers",
                next: "leave it out, and pin the link")
        case .fixedSize:
            return Words(
                "the size of \(map) is that of its variables", "it holds one value, the object's data",
                next: "leave it out")
        }
    }

    /// The members that section `.maps` knows, for messages.
    static let members = [
        "type", "max_entries", "map_flags", "numa_node", "key_size", "key", "value_size", "value", "values", "pinning",
        "map_extra",
    ]
}
