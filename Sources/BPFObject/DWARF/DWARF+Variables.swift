// SPDX-License-Identifier: Apache-2.0

extension DWARF {
    /// A variable or parameter of a function.
    struct Variable {
        /// Where it is.
        enum Place: Hashable {
            /// At one place of the frame: bytes as the compiler counts them.
            case frame(Int)
            /// Here and there, or not told.
            case somewhere
            /// In a register, or nowhere.
            case register
            /// It has an address of its own: a global, or a static variable of a function.
            case global
        }

        /// The type, without qualifiers; typedefs are kept.
        let type: Int
        let isParameter: Bool
        let place: Place
    }

    /// The functions that have code, by the names that symbols have: those that are asked for.
    func functions(named wanted: Set<String>) -> [String: [Int]] {
        var found: [String: [Int]] = [:]
        guard !wanted.isEmpty, charge(entries.count) else { return [:] }
        for index in entries.indices where entries[index].tag == DW.Tag.subprogram {
            guard !isExhausted else { return [:] }
            guard self[index, DW.Attribute.lowPC] != nil || self[index, DW.Attribute.ranges] != nil else { continue }
            var names: Set<String> = [name(of: index)]
            if let linkage = origin(index, { string($0, DW.Attribute.linkageName) }) { names.insert(linkage) }
            for name in names where wanted.contains(name) { found[name, default: []].append(index) }
        }
        return found
    }

    /// The variables and parameters within an entry, those of blocks and of functions that were inlined included.
    func variables(in function: Int) -> [Variable] {
        variables((function + 1)..<Int(entries[function].end))
    }

    /// All variables and parameters of the object.
    func variables() -> [Variable] { variables(entries.indices) }

    private func variables(_ range: Range<Int>) -> [Variable] {
        var found: [Variable] = []
        guard charge(range.count) else { return [] }
        for index in range where !isExhausted {
            let isParameter = entries[index].tag == DW.Tag.formalParameter
            guard isParameter || entries[index].tag == DW.Tag.variable,
                let type = resolved(type(of: index), keepingTypedefs: true)
            else { continue }
            found.append(Variable(type: type, isParameter: isParameter, place: place(of: index)))
        }
        return found
    }

    private func place(of index: Int) -> Variable.Place {
        switch self[index, DW.Attribute.location] {
        case nil: return .register
        case .block(let range): return DWARFLocation.place(sections.info, range)
        case let value?:
            let expressions = DWARFLocation.expressions(value, unit(of: index), sections)
            charge(expressions.count)
            let places = expressions.map { DWARFLocation.place($0.data, $0.range) }.filter { $0 != .register }
            guard let first = places.first else { return .register }
            return places.allSatisfy { $0 == first } ? first : .somewhere
        }
    }
}
