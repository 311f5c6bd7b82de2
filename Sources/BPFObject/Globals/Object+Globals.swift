// SPDX-License-Identifier: Apache-2.0

public import Diagnostics

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
        guard let types = typeInfo.types else { throw globalError(.noTypes, path) }
        guard let variable = variable(at: path) else {
            let name = String(path.prefix { $0 != "." && $0 != "[" })
            let all = variables.map(\.name).filter { !Self.isHidden($0) }
            throw globalError(.unknown(near: EditDistance.names(near: name, among: all), all: all), path)
        }
        guard let content = maps[variable.map].content else { return }
        var setter = GlobalSetter(types, content.bytes)
        do throws(GlobalPathError) {
            let start = GlobalPlace(type: variable.type, bitOffset: variable.offset * 8)
            let place = try start.following(path.dropFirst(variable.name.count), types)
            try setter.set(String(assignment[assignment.index(after: equals)...]), at: place)
        } catch {
            throw globalError(error.fault, path)
        }
        maps[variable.map].content?.bytes = setter.bytes
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
