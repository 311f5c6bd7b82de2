// SPDX-License-Identifier: Apache-2.0

internal import BTF
public import Diagnostics

/// A global variable or a part of one, in the value of its map.
package struct GlobalPart: Sendable {
    /// How it was named.
    package let path: String
    /// The index of its map in `Object.maps`.
    package let map: Int
    /// Its type, as C writes it.
    package let type: String
    /// Bytes that it takes; of a bit-field those of its type.
    package let size: Int
    let place: GlobalPlace

    /// Bytes from the start of the map's value; nil of a bit-field that does not begin at one.
    package var offset: Int? { place.bitSize == 0 && place.bitOffset % 8 == 0 ? place.bitOffset / 8 : nil }
}

extension Object {
    /// Gives a global variable another value, before anything is loaded.
    ///
    /// - Parameter assignment: `VARIABLE=VALUE`; the variable may be followed by `.member` and `[index]`. Integers are
    ///   decimal, hexadecimal, octal, binary or a character in quotes, enumerations also by name, arrays of `char` also
    ///   a text, floating-point numbers as Swift reads them, arrays and structures in braces as in C.
    /// - Throws: An error that names the variable, what it can hold, and those of a similar name.
    public mutating func set(_ assignment: String) throws(ObjectError) {
        guard let equals = assignment.firstIndex(of: "="), equals != assignment.startIndex else {
            throw globalError(.form(assignment), "")
        }
        let path = String(assignment[..<equals])
        let part = try globalPart(path)
        guard let content = maps[part.map].content else { return }
        let text = String(assignment[assignment.index(after: equals)...])
        let bytes = try set(part, to: text, in: content.bytes)
        maps[part.map].content?.bytes = bytes
    }

    /// A global variable or a part of one, in the value of its map.
    ///
    /// - Parameter path: Its name; `.member` and `[index]` may follow.
    /// - Throws: An error that names the variables that are near.
    package func globalPart(_ path: String) throws(ObjectError) -> GlobalPart {
        guard let types = typeInfo.types else { throw globalError(.noTypes, path) }
        guard let variable = variable(at: path) else {
            let name = String(path.prefix { $0 != "." && $0 != "[" })
            let all = variables.map(\.name).filter { !Self.isHidden($0) }
            throw globalError(.unknown(near: EditDistance.names(near: name, among: all), all: all), path)
        }
        do throws(GlobalPathError) {
            let start = GlobalPlace(type: variable.type, bitOffset: variable.offset * 8)
            let place = try start.following(path.dropFirst(variable.name.count), types)
            return GlobalPart(
                path: path, map: variable.map, type: types.spelling(of: place.type),
                size: types.size(of: place.type) ?? 0, place: place)
        } catch {
            throw globalError(error.fault, path)
        }
    }

    /// The bytes of a map's value with a part of a variable set as ``set(_:)`` reads it.
    package func set(_ part: GlobalPart, to text: String, in bytes: [UInt8]) throws(ObjectError) -> [UInt8] {
        guard let types = typeInfo.types else { throw globalError(.noTypes, part.path) }
        var setter = GlobalSetter(types, bytes)
        setter.unit = TimeUnit(ofVariable: part.path)
        do throws(GlobalPathError) { try setter.set(text, at: part.place) } catch {
            throw globalError(error.fault, part.path)
        }
        return setter.bytes
    }

    /// A part of a variable as C writes it.
    package func text(of part: GlobalPart, in bytes: [UInt8]) -> String {
        guard let types = typeInfo.types else { return "" }
        var reader = GlobalValueReader(types, bytes)
        return reader.value(of: part.place).text
    }

    /// The variable that a path begins with: the one of the longest name, since names have dots too.
    private func variable(at path: String) -> GlobalVariable? {
        variables.filter { variable in
            guard path.hasPrefix(variable.name), !variable.name.isEmpty else { return false }
            let next = path.dropFirst(variable.name.count).first
            return next == nil || next == "." || next == "["
        }.max { $0.name.utf8.count < $1.name.utf8.count }
    }

    private func globalError(_ fault: GlobalFault, _ path: String) -> ObjectError {
        var error = ObjectError(.global(fault))
        error.object = name
        error.symbol = path
        return error
    }

    /// Whether a variable is the compiler's or a macro's: formats of `bpf_printk`.
    static func isHidden(_ name: String) -> Bool { name.contains(".____fmt") || name.hasPrefix("____fmt") }

    /// The global variables with their values as C writes them, a line `name = value` for each.
    ///
    /// - Parameters:
    ///   - map: The index of a map made of data.
    ///   - bytes: Its value, as read from the kernel.
    public func globalsText(ofMap map: Int, _ bytes: [UInt8]) -> [String] {
        rendered(map, bytes).map { "\($0.name.terminalSafe) = \($1.text)" }
    }

    /// The same as the members of a JSON object.
    public func globalsJSON(ofMap map: Int, _ bytes: [UInt8]) -> JSONValue {
        .object(rendered(map, bytes).map { ($0.name, $1.json) })
    }

    private func rendered(_ map: Int, _ bytes: [UInt8]) -> [(GlobalVariable, GlobalValue)] {
        guard let types = typeInfo.types else { return [] }
        var reader = GlobalValueReader(types, bytes)
        return variables.filter { $0.map == map && !Self.isHidden($0.name) }.map { ($0, reader.value(of: $0)) }
    }
}

/// A global variable of an object in words.
package struct GlobalText: Sendable {
    /// Its name.
    package let name: String
    /// Its type, as C writes it.
    package let type: String
    /// Its value before the load, as C writes it.
    package let value: String
    /// The section that it is in.
    package let section: String
}

extension Object {
    /// The global variables with what they begin with.
    package var globals: [GlobalText] {
        guard let types = typeInfo.types else { return [] }
        return variables.filter { !Self.isHidden($0.name) }.map { variable in
            var reader = GlobalValueReader(types, maps[variable.map].content?.bytes ?? [])
            return GlobalText(
                name: variable.name, type: types.spelling(of: variable.type), value: reader.value(of: variable).text,
                section: variable.section)
        }
    }
}
