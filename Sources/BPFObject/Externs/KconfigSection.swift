// SPDX-License-Identifier: Apache-2.0

internal import BTF

/// What an object asks of the kernel's configuration (`extern … __kconfig`): variables of a map that the loader fills.
///
/// No section of the file holds them. They lie as libbpf lays them: by falling alignment, then by size and name.
package struct KconfigSection: Sendable {
    /// The name of the section in BTF.
    package static let name = ".kconfig"

    /// What a variable can hold.
    package enum Kind: Sendable, Equatable {
        /// `bool`.
        case bool
        /// `enum libbpf_tristate`: no 0, yes 1, module 2.
        case tristate
        /// `char` or another integer of one byte, which also takes y, n and m as letters.
        case character(isSigned: Bool)
        /// An integer of so many bytes.
        case integer(size: Int, isSigned: Bool)
        /// An array of so many `char`.
        case text(size: Int)
    }

    /// A variable.
    package struct Variable: Sendable, Equatable {
        /// Its name, such as `CONFIG_HZ` or `LINUX_KERNEL_VERSION`.
        package let name: String
        /// What it can hold; nil if its type is none of a configuration's.
        package let kind: Kind?
        /// Bytes from the start of the map's value.
        package let offset: Int
        /// Bytes that it takes.
        package let size: Int
        /// Whether 0 will do where the kernel has no such option (`__weak`).
        package let isWeak: Bool
        /// The id of its type in the object's BTF.
        package let type: Int
    }

    /// The variables, in the order of their places.
    package let variables: [Variable]
    /// Bytes of all.
    package let size: Int
    private let byteOrder: ByteOrder
    private let offsets: [String: Int]

    /// The largest variable that is taken: a text longer than this is no configuration.
    private static let largest = 4_096

    /// Lays out the variables; nil if there are none.
    init?(_ externs: [ExternSymbol], _ types: BTF) throws(ObjectError) {
        let wanted = externs.filter { $0.kind == .configuration }
        guard !wanted.isEmpty else { return nil }
        byteOrder = types.byteOrder
        var items: [(symbol: ExternSymbol, size: Int, alignment: Int)] = []
        for symbol in wanted {
            guard let size = types.size(of: symbol.type), size > 0, size <= Self.largest else {
                throw Self.fail(.type("of no size, or larger than \(Self.largest) bytes"), symbol.name)
            }
            items.append((symbol, size, BTFValueLayout.alignment(of: symbol.type, types)))
        }
        items.sort {
            ($1.alignment, $0.size) == ($0.alignment, $1.size)
                ? $0.symbol.name < $1.symbol.name : ($1.alignment, $0.size) < ($0.alignment, $1.size)
        }
        var offset = 0
        var variables: [Variable] = []
        for (symbol, size, alignment) in items {
            offset = (offset + alignment - 1) / alignment * alignment
            variables.append(
                Variable(
                    name: symbol.name, kind: Self.kind(of: symbol.type, types), offset: offset, size: size,
                    isWeak: symbol.isWeak, type: symbol.type))
            // At most 4096 bytes for each of the symbols of a file: no overflow.
            offset += size
        }
        guard offset <= Limits.configurationSize else {
            throw ObjectError(.map(.dataSize(UInt64(offset), limit: Limits.configurationSize)), section: Self.name)
        }
        self.variables = variables
        offsets = Dictionary(variables.map { ($0.name, $0.offset) }) { first, _ in first }
        size = offset
    }

    private static func kind(of id: Int, _ types: BTF) -> Kind? {
        guard let type = types.resolved(id) else { return nil }
        switch type.kind {
        case .int:
            guard let integer = types.integer(of: type) else { return nil }
            if integer.isBoolean { return type.sizeOrType == 1 ? .bool : nil }
            switch type.sizeOrType {
            case 1: return .character(isSigned: integer.isSigned)
            case 2, 4, 8: return .integer(size: type.sizeOrType, isSigned: integer.isSigned)
            default: return nil
            }
        case .enum, .enum64:
            return type.sizeOrType == 4 && types.name(of: type) == "libbpf_tristate" ? .tristate : nil
        case .array:
            guard let array = types.array(of: type), array.count > 0, let element = types.resolved(array.element),
                element.kind == .int, element.sizeOrType == 1
            else { return nil }
            return .text(size: array.count)
        default: return nil
        }
    }

    /// Where a variable lies, in bytes from the start of the map's value.
    package func offset(of name: String) -> Int? { offsets[name] }

    /// Whether anything but facts of the kernel is asked for, so that its configuration has to be read.
    package var needsConfiguration: Bool { variables.contains { $0.name.hasPrefix(Self.optionPrefix) } }

    /// The options of the configuration that are asked for.
    package var optionNames: Set<String> {
        Set(variables.map(\.name).filter { $0.hasPrefix(Self.optionPrefix) })
    }

    private static let optionPrefix = "CONFIG_"

    // MARK: - Values

    /// The bytes of the map's value, in the object's byte order.
    ///
    /// - Parameters:
    ///   - facts: What is asked as `LINUX_…`.
    ///   - source: Where the configuration was looked for, for the message of a missing one.
    ///   - lookup: The value of an option; nil if the configuration does not have it.
    package func contents(
        facts: KernelFacts, source: String, lookup: (String) -> KconfigValue?
    ) throws(ObjectError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: size)
        for variable in variables {
            let value: KconfigValue
            if variable.name.hasPrefix(Self.optionPrefix) {
                guard let found = lookup(variable.name) else {
                    guard variable.isWeak else { throw Self.fail(.missing(source), variable.name) }
                    continue
                }
                value = found
            } else if let fact = facts[variable.name] {
                value = .unsigned(fact)
            } else {
                guard variable.isWeak, variable.name.hasPrefix("LINUX_") else {
                    throw Self.fail(.unknownFact, variable.name)
                }
                continue
            }
            try write(value, variable, &bytes)
        }
        return bytes
    }

    /// The texts that do not fit into their arrays with a NUL, and are cut: the name, the bytes of the text, the room.
    func cutTexts(_ lookup: (String) -> KconfigValue?) -> [(name: String, length: Int, size: Int)] {
        variables.compactMap { variable in
            guard case .text(let size) = variable.kind, case .text(let text)? = lookup(variable.name),
                text.utf8.count >= size
            else { return nil }
            return (variable.name, text.utf8.count, size)
        }
    }

    private func write(_ value: KconfigValue, _ variable: Variable, _ bytes: inout [UInt8]) throws(ObjectError) {
        guard let kind = variable.kind else {
            throw Self.fail(.type("none that a configuration has"), variable.name)
        }
        switch (kind, value) {
        case (.text(let room), .text(let text)):
            // A longer text is cut, as other loaders do it; ``cutTexts(_:)`` tells.
            let kept = Array(text.utf8.prefix(room - 1))
            bytes.replaceSubrange(variable.offset..<(variable.offset + kept.count), with: kept)
        case (.bool, .yes), (.tristate, .yes), (.bool, .unsigned(1)): put(1, variable, &bytes)
        case (.bool, .no), (.tristate, .no), (.bool, .unsigned(0)): break
        case (.tristate, .module): put(2, variable, &bytes)
        case (.character, .yes): put(UInt64(UInt8(ascii: "y")), variable, &bytes)
        case (.character, .no): put(UInt64(UInt8(ascii: "n")), variable, &bytes)
        case (.character, .module): put(UInt64(UInt8(ascii: "m")), variable, &bytes)
        case (.character(let isSigned), .unsigned), (.character(let isSigned), .negative),
            (.integer(_, let isSigned), .unsigned), (.integer(_, let isSigned), .negative):
            guard let bits = Self.bits(of: value, width: variable.size * 8, isSigned: isSigned) else {
                throw Self.fail(.range(value, size: variable.size), variable.name)
            }
            put(bits, variable, &bytes)
        default: throw Self.fail(.mismatch(value, kind), variable.name)
        }
    }

    private static func bits(of value: KconfigValue, width: Int, isSigned: Bool) -> UInt64? {
        let number: IntegerText
        switch value {
        case .unsigned(let magnitude): number = IntegerText(magnitude: UInt128(magnitude))
        case .negative(let value): number = IntegerText(isNegative: true, magnitude: UInt128(value.magnitude))
        default: return nil
        }
        return number.bits(width: width, isSigned: isSigned).map { UInt64(truncatingIfNeeded: $0) }
    }

    private func put(_ value: UInt64, _ variable: Variable, _ bytes: inout [UInt8]) {
        BTFValueLayout.write(UInt128(value), size: variable.size, at: variable.offset, byteOrder, &bytes)
    }

    private static func fail(_ fault: ConfigurationFault, _ name: String) -> ObjectError {
        var error = ObjectError(.configuration(fault), section: Self.name)
        error.symbol = name
        return error
    }
}

extension KconfigSection.Kind: CustomStringConvertible {
    /// For messages, such as `an integer of 4 bytes`.
    package var description: String {
        switch self {
        case .bool: "bool"
        case .tristate: "enum libbpf_tristate"
        case .character: "char"
        case .integer(let size, _): "an integer of \(size) bytes"
        case .text(let size): "char [\(size)]"
        }
    }
}
