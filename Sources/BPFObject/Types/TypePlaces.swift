// SPDX-License-Identifier: Apache-2.0

package import BTF

/// Where the things that an object's BTF names lie in the object: what compilers leave to a linker.
package struct TypePlaces: Sendable {
    /// The sections that BTF has variables of.
    package private(set) var sections: [String: BTFPreparation.Section] = [:]
    /// Functions and variables that only this object should see (`__hidden`): the verifier may look at the functions as
    /// part of their callers.
    private(set) var hiddenNames: Set<String> = []

    /// The section of the annotations that say what types the events of maps have (`bpf_event.h`).
    package static let eventTypesSection = ".event_types"

    init(_ context: ObjectContext) {
        guard let types = context.typeInfo.types, let symbols = context.symbols else { return }
        let names = Set(context.sections.map(\.name))
        var named: Set<String> = []
        for id in types.firstID..<types.endID {
            guard let type = types[id], type.kind == .dataSection else { continue }
            let name = types.name(of: type)
            if names.contains(name) { named.insert(name) }
        }
        for section in context.sections where named.contains(section.name) && sections[section.name] == nil {
            guard let size = Int(exactly: section.claimedSize) else { continue }
            var places: [String: Int] = [:]
            var repeated: Set<String> = []
            for index in context.symbolsBySection[section.index] ?? [] {
                guard let symbol = symbols[index], symbol.type == ELF.SymbolType.object,
                    let offset = Int(exactly: symbol.value)
                else { continue }
                let name = symbols.name(of: symbol)
                if symbol.isHidden { hiddenNames.insert(name) }
                if places.updateValue(offset, forKey: name) != nil { repeated.insert(name) }
            }
            // Static variables of several functions may share a name: which is which is not told.
            for name in repeated { places[name] = nil }
            sections[section.name] = (size, places)
        }
        for section in context.sections where section.isCode {
            for index in context.symbolsBySection[section.index] ?? [] {
                guard let symbol = symbols[index], symbol.type == ELF.SymbolType.function, symbol.isHidden else {
                    continue
                }
                hiddenNames.insert(symbols.name(of: symbol))
            }
        }
        if let wanted = context.configuration {
            let places = wanted.variables.map { ($0.name, $0.offset) }
            sections[KconfigSection.name] = (wanted.size, Dictionary(places) { first, _ in first })
        }
    }
}
