// SPDX-License-Identifier: Apache-2.0

/// The options of a kernel's configuration file, such as `/boot/config-6.1.0` or `/proc/config.gz` unpacked.
package struct KernelConfigText: Sendable, Equatable {
    /// The values by their names, such as `CONFIG_HZ`.
    package let values: [String: KconfigValue]

    /// Reads the lines `CONFIG_X=…` and `# CONFIG_X is not set`; all others say nothing.
    ///
    /// - Parameters:
    ///   - bytes: The text.
    ///   - names: The options that are wanted; nil takes all. A configuration has ten thousand, and an object asks for
    ///     one or two.
    package init(_ bytes: [UInt8], names: Set<String>? = nil) {
        var values: [String: KconfigValue] = [:]
        for line in bytes.split(separator: UInt8(ascii: "\n")) {
            guard let (name, value) = Self.option(line, names) else { continue }
            values[name] = value
        }
        self.values = values
    }

    /// The value of an option.
    package subscript(name: String) -> KconfigValue? { values[name] }

    private static let prefix = Array("CONFIG_".utf8)
    private static let unsetSuffix = Array(" is not set".utf8)

    private static func option(
        _ line: ArraySlice<UInt8>, _ names: Set<String>?
    ) -> (name: String, value: KconfigValue)? {
        var line = line
        if line.last == UInt8(ascii: "\r") { line = line.dropLast() }
        if line.starts(with: prefix) {
            guard let equals = line.firstIndex(of: UInt8(ascii: "=")) else { return nil }
            let name = String(decoding: line[..<equals], as: UTF8.self)
            guard names?.contains(name) != false,
                let value = KconfigValue(parsing: String(decoding: line[(equals + 1)...], as: UTF8.self))
            else { return nil }
            return (name, value)
        }
        guard line.starts(with: [UInt8(ascii: "#"), UInt8(ascii: " ")]), line.dropFirst(2).starts(with: prefix),
            line.suffix(unsetSuffix.count).elementsEqual(unsetSuffix)
        else { return nil }
        let name = String(decoding: line.dropFirst(2).dropLast(unsetSuffix.count), as: UTF8.self)
        return names?.contains(name) == false ? nil : (name, .no)
    }
}
