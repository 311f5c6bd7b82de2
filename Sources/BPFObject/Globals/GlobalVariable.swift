// SPDX-License-Identifier: Apache-2.0

internal import BTF

/// A global variable of an object: a part of a map made of data.
public struct GlobalVariable: Sendable, Equatable {
    /// Its name, of a function's static variable with the function's name in front: `handle.count`.
    public let name: String
    /// The index of its map in `Object.maps`.
    public let map: Int
    /// The section that it is in.
    public let section: String
    /// The id of its type in the object's BTF.
    public let type: Int
    /// Bytes from the start of the section.
    public let offset: Int
    /// Bytes that it takes.
    public let size: Int
}

/// Finds an object's global variables: what they are is told by its BTF, where they lie by its symbols.
struct GlobalReader {
    private let context: ObjectContext

    init(_ context: ObjectContext) { self.context = context }

    /// The variables of the maps made of data, by section and place; those whose place is not known are left out.
    func variables(of maps: [MapDefinition]) throws(ObjectError) -> [GlobalVariable] {
        guard let types = context.typeInfo.types else { return [] }
        var variables: [GlobalVariable] = []
        var seen = 0
        for (section, index) in context.dataMap.sorted(by: { $0.key < $1.key }) {
            let map = maps[index]
            guard let type = types[map.valueTypeID], type.kind == .dataSection else { continue }
            let places = places(inSection: section)
            // Sections of one name share a type, and its variables may share a name.
            seen += type.count
            guard seen <= Limits.variables else {
                throw ObjectError(
                    .tooMany("global variables", count: UInt64(seen), limit: Limits.variables), section: map.section)
            }
            for entry in types.variables(of: type) {
                guard let variable = types[entry.type], variable.kind == .variable,
                    let size = types.size(of: variable.sizeOrType)
                else { continue }
                let name = types.name(of: variable)
                // The compiler leaves the places of global variables to the linker, and gives those of static ones.
                let place = places[name] ?? (types.linkage(of: variable) == .static ? entry.offset : nil)
                guard let offset = place, offset <= map.content?.bytes.count ?? 0,
                    size <= (map.content?.bytes.count ?? 0) - offset
                else { continue }
                variables.append(
                    GlobalVariable(
                        name: name, map: index, section: map.section, type: variable.sizeOrType, offset: offset,
                        size: size))
            }
        }
        return variables.sorted { ($0.map, $0.offset) < ($1.map, $1.offset) }
    }

    /// The places of the section's symbols, of those names that it has once.
    private func places(inSection section: Int) -> [String: Int] {
        guard let symbols = context.symbols else { return [:] }
        var places: [String: Int] = [:]
        var seen: Set<String> = []
        for index in context.symbolsBySection[section] ?? [] {
            guard let symbol = symbols[index], symbol.type == ELF.SymbolType.object,
                let place = Int(exactly: symbol.value)
            else { continue }
            let name = symbols.name(of: symbol)
            places[name] = seen.insert(name).inserted ? place : nil
        }
        return places
    }
}
