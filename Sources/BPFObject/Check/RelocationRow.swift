// SPDX-License-Identifier: Apache-2.0

internal import BTF
package import Diagnostics

/// What a CO-RE relocation asks, the object's own answer and the kernel's.
package struct RelocationRow: Sendable {
    /// What is asked for, such as `struct task_struct.pid`.
    package let access: String
    /// Which fact, such as `offset`.
    package let fact: String
    /// The object's own answer.
    package let local: UInt64
    /// The kernel's answer; nil if there is none, and the instruction must not be reached.
    package let target: UInt64?
    /// What the kernel has for it, such as `struct task_struct.pid [123]`.
    package let found: String?
    /// Why there is no answer.
    package let failure: String?
    /// Whether the kernel's types are here to be asked.
    package let isKnown: Bool
    /// Where it is asked.
    package let function: String
    /// The line of C, if the object tells it.
    package let source: Diagnostic.Label?
    /// How many instructions ask the same.
    package internal(set) var count = 1
}

extension CORERelocation.Kind {
    /// The fact as a word.
    package var word: String {
        switch self {
        case .fieldOffset: "offset"
        case .fieldSize: "size"
        case .fieldExists: "exists"
        case .fieldSigned: "is signed"
        case .fieldLeftShift: "left shift"
        case .fieldRightShift: "right shift"
        case .localTypeID: "id of the object's"
        case .targetTypeID: "id of the kernel's"
        case .typeExists: "exists"
        case .typeSize: "size"
        case .enumeratorExists: "exists"
        case .enumeratorValue: "value"
        case .typeMatches: "matches"
        }
    }
}

extension COREError {
    /// Whether the kernel's types were looked at.
    fileprivate var isOfTheKernel: Bool { if case .noTargets = reason { false } else { true } }
}

/// Makes the table of the relocations of functions; what is asked several times is one row.
struct RelocationTable {
    private struct Key: Hashable {
        let access: String
        let kind: CORERelocation.Kind
    }

    private(set) var rows: [RelocationRow] = []
    /// Relocations that have no row, since there are too many.
    private(set) var left = 0
    private var places: [Key: Int] = [:]

    /// Rows that one object has at most.
    private static let most = 4_096

    init(_ functions: [ObjectFunction], _ typeInfo: ObjectTypeInfo, _ targets: any RelocationTargets) {
        guard let types = typeInfo.types, let part = typeInfo.extra?.relocations else { return }
        var relocator = CORERelocator(local: types, targets: targets)
        for function in functions {
            let lines = typeInfo.lines(ofSection: function.sectionName)
            for record in part.records(in: function.range, ofSection: function.sectionName) {
                guard let relocation = try? CORERelocation(record, of: part, types: types) else { continue }
                add(relocation, &relocator, function, lines?[record.instruction], types)
            }
        }
    }

    private mutating func add(
        _ relocation: CORERelocation, _ relocator: inout CORERelocator, _ function: ObjectFunction,
        _ source: Diagnostic.Label?, _ types: BTF
    ) {
        let key = Key(access: "\(relocation.typeID) \(relocation.access)", kind: relocation.kind)
        if let place = places[key] {
            rows[place].count += 1
            return
        }
        guard rows.count < Self.most else {
            left += 1
            return
        }
        places[key] = rows.count
        let specification = try? CORESpecification(relocation, types: types)
        let path = specification?.path ?? "type \(relocation.typeID)"
        do throws(COREError) {
            let answer = try relocator.resolve(relocation)
            rows.append(
                RelocationRow(
                    access: path, fact: relocation.kind.word, local: answer.oldValue, target: answer.newValue,
                    found: answer.target, failure: answer.failure?.message, isKnown: true, function: function.name,
                    source: source))
        } catch {
            rows.append(
                RelocationRow(
                    access: path, fact: relocation.kind.word,
                    local: (try? specification?.value(relocation.kind).get())?.bits ?? 0, target: nil, found: nil,
                    failure: error.diagnostic.message, isKnown: error.isOfTheKernel, function: function.name,
                    source: source))
        }
    }
}
