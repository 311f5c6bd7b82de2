// SPDX-License-Identifier: Apache-2.0

internal import Diagnostics

/// What a user wants of an object's maps, other than the object says.
public struct MapOptions: Sendable, Equatable {
    /// The number of entries by the name of the map.
    public var sizes: [String: UInt32] = [:]
    /// Bytes of a value by the name of the map.
    public var valueSizes: [String: UInt32] = [:]
    /// The path of the pin by the name of the map.
    public var pins: [String: String] = [:]

    /// Creates options that leave all as it is.
    public init() {}

    /// Takes the size of one map.
    ///
    /// - Parameter text: `NAME=ENTRIES`; of several with one name the last holds.
    public mutating func addSize(_ text: String) throws(ObjectError) {
        let (name, entries) = try Self.number(text, .mapSize, expected: "NAME=ENTRIES")
        sizes[name] = entries
    }

    /// Takes the size of the values of one map.
    ///
    /// - Parameter text: `NAME=BYTES`; of several with one name the last holds.
    public mutating func addValueSize(_ text: String) throws(ObjectError) {
        let (name, bytes) = try Self.number(text, .mapValueSize, expected: "NAME=BYTES")
        valueSizes[name] = bytes
    }

    private static func number(
        _ text: String, _ setting: Diagnostic.Setting.Kind, expected: String
    ) throws(ObjectError) -> (name: String, number: UInt32) {
        guard let (name, value) = parts(text), let number = IntegerText(value), let number = UInt32(exactly: number)
        else { throw ObjectError(.map(.optionForm(setting, text: text, expected: expected))) }
        return (name, number)
    }

    /// Takes the pin of one map.
    ///
    /// - Parameter text: `NAME=PATH` with a path that begins with `/`; of several with one name the last holds.
    public mutating func addPin(_ text: String) throws(ObjectError) {
        guard let (name, path) = Self.parts(text), path.hasPrefix("/"), !path.hasSuffix("/"), !path.utf8.contains(0)
        else {
            throw ObjectError(.map(.optionForm(.mapPin, text: text, expected: "NAME=/sys/fs/bpf/PATH")))
        }
        pins[name] = path
    }

    private static func parts(_ text: String) -> (name: String, value: String)? {
        guard let equals = text.firstIndex(of: "="), equals != text.startIndex else { return nil }
        return (String(text[..<equals]), String(text[text.index(after: equals)...]))
    }
}
