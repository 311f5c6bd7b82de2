// SPDX-License-Identifier: Apache-2.0

internal import BTF
internal import Diagnostics

/// Why a global variable cannot be set; `ObjectError.symbol` names it, with the path behind it.
package enum GlobalFault: Sendable, Equatable {
    /// The text is not `VARIABLE=VALUE`.
    case form(String)
    /// The object has no BTF.
    case noTypes
    /// There is no such variable; with those of a similar name, and all.
    case unknown(near: [String], all: [String])
    /// A structure has no such member; with the similar ones, or all of it.
    case unknownMember(String, near: [String])
    /// What `.member` or `[index]` is applied to is of another kind (its type).
    case notComposite(String)
    /// The index is beyond the array's elements.
    case index(String, count: Int)
    /// The value does not read as one of the type.
    case value(String, type: String)
    /// The text is a time that is no whole number of what the variable counts, as its name says (`ms`).
    case time(String, unit: String)
    /// The number is out of the type's range.
    case range(String, type: String, least: String, most: String)
    /// The name is none of the enumeration's; with the similar ones, or its first.
    case enumerator(String, type: String, names: [String])
    /// The text has more bytes than the array.
    case tooLong(Int, room: Int)
    /// More values than elements or members.
    case tooMany(Int, type: String)
    /// Pointers are not set from outside.
    case pointer
    /// A type that cannot be set.
    case type(String)
}

extension GlobalFault {
    /// What an error says.
    func words(_ error: ObjectError) -> ObjectError.Reason.Words {
        typealias Words = ObjectError.Reason.Words
        func list(_ near: [String]) -> String? { near.isEmpty ? nil : "is it \(near.joined(separator: " or "))?" }
        return switch self {
        case .form(let text):
            Words(
                "it has no value", "it should be VARIABLE=VALUE", next: "write \(.variable, text, to: "VALUE")")
        case .noTypes:
            Words(
                "the object has no BTF", "without it nobody knows its variables",
                next: "\(.compile("-g"), "compile the object with -g")")
        case .unknown(let near, let all):
            Words(
                "the object has no such global variable", list(near),
                details: all.isEmpty ? ["it has none"] : ["it has " + ObjectError.Reason.enumerate(all)],
                next: near.first.map { "did you mean \(.variable, $0, to: "VALUE")?" }
                    ?? "name a global variable of the object, such as const volatile int x")
        case .unknownMember(let member, let near):
            Words(
                "there is no member \(member)",
                near.isEmpty ? nil : "there is " + ObjectError.Reason.enumerate(near), next: "name a member of the type"
            )
        case .notComposite(let type):
            Words("\(type) has no parts", next: "leave out what follows the variable's name")
        case .index(let index, let count):
            Words(
                "there is no element \(index)",
                count == 0 ? "the array has none" : "there are 0 to \(count - 1)", next: "name an element of the array")
        case .value(let text, let type):
            Words("\(text) is not a valid \(type)", next: "write \(Self.example(type))")
        case .time(let text, let unit):
            Words(
                "\(text) is not a whole number of \(unit)", "the name of the variable says that it counts \(unit)",
                next: "write a number of \(unit)")
        case .range(let text, let type, let least, let most):
            Words(
                "\(text) does not fit", "\(type) holds \(least) to \(most)",
                next: "choose a number in that range")
        case .enumerator(let text, let type, let names):
            Words(
                "\(text) is not a name of \(type)", "there is " + ObjectError.Reason.enumerate(names),
                next: "write one of its names, or a number")
        case .tooLong(let count, let room):
            Words(
                "the text is too long", "it has \(count) bytes, and there is room for \(room)",
                next: "shorten it")
        case .tooMany(let count, let type):
            Words(
                "there are too many values", "\(type) takes \(count)", next: "leave out the last ones")
        case .pointer:
            Words(
                "a pointer cannot be set", "what it should point to has no place before the load",
                next: "use an array in place of the pointer")
        case .type(let type): Words("\(type) cannot be set", next: "set its parts one by one")
        }
    }

    private static func example(_ type: String) -> String {
        switch type {
        case "bool", "_Bool": "true or false"
        case "float", "double": "a number such as 0.5"
        default: type.hasSuffix("]") || type.contains("struct") ? "{1, 2, 3}" : "a number such as 10, 0xa or 'a'"
        }
    }
}
