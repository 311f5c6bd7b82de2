// SPDX-License-Identifier: Apache-2.0

package import EventDecoding

/// Compares what `bpftool -j map dump` shows of a value with what the decoder makes of the same bytes.
///
/// bpftool 7 shows some values in its own way; each is named here with what it means:
/// - Bit-fields are the bits without a sign in hexadecimal, also those of enumerations and of `_Bool`
///   (`btf_dumper_bitfield`), so numbers are compared as bits of the width of the value.
/// - Enumerators are their names. A value without one is a number with a sign, whatever the enumeration's own, and the
///   first of several names is taken: names are compared by what they stand for.
/// - Integers of 128 bits are hexadecimal texts (`btf_int128_print`).
/// - Pointers are numbers (`btf_dumper_ptr`), the decoder's are addresses: both are compared as numbers.
/// - An array of `char` is a text if it is printable up to a NUL that it has (`is_str_array`, and no typedef of `char` counts), else numbers.
/// - Members of anonymous structures are in an object whose name is empty, as often as there are any; C and the decoder
///   have them as members of the structure around.
/// - Floating-point numbers are an error (`BTF_KIND_FLOAT` is not known to its dumper): no types with such are made for it.
package struct BPFToolComparison {
    private let decoder: EventDecoder
    private let bytes: [UInt8]
    private let row: EventRow
    /// What differs: the path, and both values.
    package private(set) var differences: [String] = []
    private var seen: Set<String> = []

    /// Compares.
    ///
    /// - Parameters:
    ///   - formatted: The `formatted` value of the dump.
    ///   - bytes: The bytes that the map holds.
    package init(_ formatted: JSONTree, _ bytes: [UInt8], _ decoder: EventDecoder) throws {
        self.decoder = decoder
        self.bytes = bytes
        row = unsafe decoder.row(bytes.span.bytes)
        compare(formatted, "")
        let own = try JSONTree(row.json.utf8).leafPaths(decoder.plan)
        for path in own.subtracting(seen).sorted() { differences.append("\(path): only the decoder has it") }
    }

    private mutating func compare(_ value: JSONTree, _ path: String) {
        switch (value, decoder.plan.field(path)?.kind) {
        case (_, .text(let count)?): compareBytes(value, path, count, isText: true)
        case (_, .bytes(let count)?): compareBytes(value, path, count, isText: false)
        case (.object(let members), _):
            for member in members {
                let place = member.name.isEmpty ? path : path.isEmpty ? member.name : "\(path).\(member.name)"
                compare(member.value, place)
            }
        case (.array(let elements), _):
            for (index, element) in elements.enumerated() { compare(element, "\(path)[\(index)]") }
        case (_, nil): differences.append("\(path): only bpftool has it, \(value)")
        default: compareNumber(value, path)
        }
    }

    private mutating func compareBytes(_ value: JSONTree, _ path: String, _ count: Int, isText: Bool) {
        seen.insert(path)
        let range: Range<Int>
        switch row[path] {
        case .text(let told)?: range = told
        case .bytes(let told)?: range = told
        case let other:
            differences.append("\(path): bpftool has \(value), the decoder \(String(describing: other))")
            return
        }
        let own = Array(bytes[range])
        let isSame: Bool
        switch value {
        case .text(let text): isSame = isText && text == own
        case .array(let elements):
            let all = elements.compactMap { element -> UInt8? in
                guard case .number(let digits) = element, let number = Int(digits) else { return nil }
                return UInt8(truncatingIfNeeded: number)
            }
            isSame = all.count == count && own == (isText ? Array(all.prefix { $0 != 0 }) : all)
        default: isSame = false
        }
        if !isSame { differences.append("\(path): bpftool has \(value), the decoder bytes \(own)") }
    }

    private mutating func compareNumber(_ value: JSONTree, _ path: String) {
        seen.insert(path)
        guard let field = decoder.plan.field(path), let told = row[path] else {
            differences.append("\(path): only bpftool has it, \(value)")
            return
        }
        guard let number = Self.number(value, field) else {
            differences.append("\(path): bpftool has \(value), which is not a number")
            return
        }
        let isSame: Bool
        switch told {
        case .integer(let own): isSame = Self.bits(own, field) == Self.bits(number, field)
        // An unsigned number of 128 bits that is beyond a signed one.
        case .float(let own): isSame = own == Double(UInt128(bitPattern: number))
        default: isSame = false
        }
        if !isSame { differences.append("\(path): bpftool has \(value), the decoder \(told)") }
    }

    private static func number(_ value: JSONTree, _ field: EventField) -> Int128? {
        switch value {
        case .boolean(let isTrue): return isTrue ? 1 : 0
        case .number(let digits): return Int128(digits)
        case .text(let text):
            let word = String(decoding: text, as: UTF8.self)
            if word.hasPrefix("0x") { return UInt128(word.dropFirst(2), radix: 16).map { Int128(bitPattern: $0) } }
            return field.enumeratorValue(named: word) ?? Int128(word)
        default: return nil
        }
    }

    /// The bits that a field has of a number.
    private static func bits(_ number: Int128, _ field: EventField) -> UInt128 {
        let width = field.bits
        return width >= 128 ? UInt128(bitPattern: number) : UInt128(bitPattern: number) & ((1 << UInt128(width)) - 1)
    }
}

extension JSONTree {
    /// The value at a path as the decoder has them: `a.b[2].c`.
    package func value(at path: String) -> JSONTree? {
        var found: JSONTree? = self
        for part in path.split(whereSeparator: { $0 == "." || $0 == "[" }) {
            if part.hasSuffix("]") {
                guard case .array(let elements)? = found, let index = Int(part.dropLast()), index < elements.count
                else { return nil }
                found = elements[index]
            } else {
                found = found?[String(part)]
            }
        }
        return found
    }

    /// The paths of all values, texts and arrays of bytes as one.
    package func leafPaths(_ plan: DecodingPlan, _ path: String = "") -> Set<String> {
        switch self {
        case .object(let members):
            return members.reduce(into: []) {
                $0.formUnion($1.value.leafPaths(plan, path.isEmpty ? $1.name : "\(path).\($1.name)"))
            }
        case .array(let elements):
            if case .bytes? = plan.field(path)?.kind { return [path] }
            return elements.enumerated().reduce(into: []) {
                $0.formUnion($1.element.leafPaths(plan, "\(path)[\($1.offset)]"))
            }
        default: return [path]
        }
    }
}
