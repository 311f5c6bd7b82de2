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
        fileprivate(set) var place: Place
        /// The registers that hold it in parts of the code; addresses are bytes from the start of the section.
        var registers: [(code: Range<UInt64>, register: UInt8)] = []
        /// Whether it is a parameter of the function itself, and not of one that was inlined.
        var isOwnParameter = false
        /// The part of the code where it is in scope, if that is one part and told.
        var scope: Range<UInt64>?

        /// The register that holds it at an address; nil if none does, or that is not told.
        func register(at address: UInt64) -> UInt8? {
            registers.first { $0.code.contains(address) }?.register
        }
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
        // The blocks and inlined functions around an entry.
        var scopes: [(code: Range<UInt64>?, end: Int)] = []
        for index in range where !isExhausted {
            while let last = scopes.last, index >= last.end { scopes.removeLast() }
            if [DW.Tag.lexicalBlock, DW.Tag.inlinedSubroutine].contains(entries[index].tag) {
                scopes.append((code(of: index), Int(entries[index].end)))
                continue
            }
            let isParameter = entries[index].tag == DW.Tag.formalParameter
            guard isParameter || entries[index].tag == DW.Tag.variable,
                let type = resolved(type(of: index), keepingTypedefs: true)
            else { continue }
            var variable = place(Variable(type: type, isParameter: isParameter, place: .register), of: index)
            variable.scope = scopes.last?.code
            variable.isOwnParameter = isParameter && scopes.isEmpty
            found.append(variable)
        }
        return found
    }

    /// The part of the code that a block is; nil if it is several or not told.
    private func code(of index: Int) -> Range<UInt64>? {
        guard let first = address(self[index, DW.Attribute.lowPC], unit(of: index)) else { return nil }
        let value = self[index, DW.Attribute.highPC]
        // From version 4 on a number is the bytes of it.
        let last = address(value, unit(of: index)) ?? value?.count.flatMap { UInt64(exactly: $0) }.map { first &+ $0 }
        return last.flatMap { first <= $0 ? first..<$0 : nil }
    }

    /// A variable with where it is.
    private func place(_ variable: Variable, of index: Int) -> Variable {
        var found = variable
        switch self[index, DW.Attribute.location] {
        case nil: break
        case .block(let range):
            let expression = DWARFLocation.Expression(data: sections.info, range: range, code: 0..<UInt64.max)
            found.place = DWARFLocation.place(expression.data, range)
            found.registers = DWARFLocation.register(expression).map { [(0..<UInt64.max, $0)] } ?? []
        case let value?:
            let expressions = DWARFLocation.expressions(value, unit(of: index), self)
            charge(expressions.count)
            let places = expressions.map { DWARFLocation.place($0.data, $0.range) }.filter { $0 != .register }
            if let first = places.first { found.place = places.allSatisfy { $0 == first } ? first : .somewhere }
            found.registers = expressions.compactMap { expression in
                guard let code = expression.code, let register = DWARFLocation.register(expression) else { return nil }
                return (code, register)
            }
        }
        return found
    }
}
