// SPDX-License-Identifier: Apache-2.0

/// Copies one type and what it is made of into a blob of their own.
///
/// What lies within the type comes whole. What it only points to comes by name: a structure or union becomes a forward
/// declaration unless it also lies within the type (a nameless one has no name to declare, and comes whole), so that a
/// `task_struct *` does not bring the kernel along. Scalars, enumerations, typedefs, qualifiers and the prototypes of
/// functions come through pointers as they are, and tags with what they are on. Types keep their order.
package struct BTFPruner {
    /// Why a type cannot be copied.
    package enum Failure: Error, Equatable {
        /// A type leads to one that is not there, or to one that is no type of a value.
        case noValue(from: Int, to: Int)
        /// A type lies within itself, or types lie in types too deep.
        case nesting
        /// More than `Limits.schema` bytes.
        case tooLarge
    }

    private enum Mark: UInt8 {
        case none
        /// It is pointed to: a named structure or union is only declared.
        case pointedTo
        /// Values of it lie within the root.
        case whole
    }

    private let btf: BTF
    private var marks: [Mark]
    private var work: [Int] = []
    /// Bytes of the records and names that are kept.
    private var size = 0
    /// The new ids of types that are kept.
    private var numbers: [Int: Int] = [:]

    private init(_ btf: BTF) {
        self.btf = btf
        marks = [Mark](repeating: .none, count: btf.endID)
    }

    /// A blob of what type `root` reaches, in the byte order of the original, and the root's id in it.
    package static func prune(_ btf: BTF, to root: Int) throws(Failure) -> (bytes: [UInt8], root: Int) {
        var builder = BTFBuilder(byteOrder: btf.byteOrder)
        let roots = try prune(btf, to: [root], into: &builder)
        return (builder.build(), roots.first ?? 0)
    }

    /// Adds what types reach to a blob that others are in already.
    ///
    /// - Parameters:
    ///   - btf: Types in the byte order of the blob.
    ///   - roots: The types.
    /// - Returns: Their ids in the blob.
    package static func prune(
        _ btf: BTF, to roots: [Int], into builder: inout BTFBuilder
    ) throws(Failure) -> [Int] {
        var pruner = BTFPruner(btf)
        for root in roots { try pruner.reach(root, .whole, from: 0) }
        try pruner.walk()
        try pruner.reachTags()
        let kept = pruner.marks.indices.filter { pruner.marks[$0] != .none }
        for (index, id) in kept.enumerated() { pruner.numbers[id] = builder.nextID + index }
        try pruner.checkNesting(of: kept)
        for id in kept {
            guard let type = btf[id] else { continue }
            try pruner.copy(type, to: &builder)
        }
        return roots.map(pruner.number)
    }

    // MARK: - What is reached

    private mutating func reach(_ id: Int, _ mark: Mark, from origin: Int) throws(Failure) {
        guard let type = btf[id] else { throw .noValue(from: origin, to: id) }
        switch type.kind {
        case .function, .variable, .dataSection, .declarationTag: throw .noValue(from: origin, to: id)
        default: break
        }
        let mark = type.kind.isComposite && type.nameOffset == 0 ? .whole : mark
        guard marks[id].rawValue < mark.rawValue else { return }
        marks[id] = mark
        work.append(id)
    }

    private mutating func walk() throws(Failure) {
        while let id = work.popLast() {
            guard let type = btf[id] else { continue }
            size += extent(of: type)
            guard size <= Limits.schema else { throw .tooLarge }
            switch type.kind {
            case .typedef, .volatile, .const, .restrict, .typeTag:
                // void has qualifiers and typedefs too.
                if type.sizeOrType != 0 { try reach(type.sizeOrType, marks[id], from: id) }
            case .pointer:
                if type.sizeOrType != 0 { try reach(type.sizeOrType, .pointedTo, from: id) }
            case .array:
                guard let array = btf.array(of: type) else { throw .noValue(from: id, to: 0) }
                try reach(array.element, .whole, from: id)
                try reach(array.index, .whole, from: id)
            case .structure, .union:
                guard marks[id] == .whole else { continue }
                for member in btf.members(of: type) { try reach(member.type, .whole, from: id) }
            case .prototype:
                // The kernel wants to know how large they are, also behind a pointer.
                let parameters = btf.parameters(of: type).map(\.type)
                for id in [type.sizeOrType] + parameters where id != 0 { try reach(id, .whole, from: type.id) }
            default: break
            }
        }
    }

    /// Bytes of a type's record as it will be.
    private func extent(of type: BTFType) -> Int {
        let elements = type.kind.isComposite && marks[type.id] != .whole ? 0 : type.count * type.kind.elementSize
        return BTFKind.headSize + type.kind.fixedSize + elements
    }

    /// Tags of declarations name what they are on, not the other way round.
    private mutating func reachTags() throws(Failure) {
        for id in 1..<btf.endID {
            guard let type = btf[id], type.kind == .declarationTag, marks.indices.contains(type.sizeOrType),
                let target = btf[type.sizeOrType]
            else { continue }
            let isKept =
                switch target.kind {
                case .structure, .union: marks[target.id] == .whole
                case .typedef: marks[target.id] != .none
                default: false
                }
            guard isKept else { continue }
            marks[id] = .whole
            size += extent(of: type)
            guard size <= Limits.schema else { throw .tooLarge }
        }
    }

    /// The types whose values lie within a value of a type.
    private func parts(of type: BTFType) -> [Int] {
        switch type.kind {
        case .typedef, .volatile, .const, .restrict, .typeTag: [type.sizeOrType]
        case .array: [btf.array(of: type)?.element ?? 0]
        case .structure, .union: marks[type.id] == .whole ? btf.members(of: type).map(\.type) : []
        default: []
        }
    }

    /// Refuses types that lie within themselves: a value has an end, and whoever walks a type shall need no guard.
    private func checkNesting(of kept: [Int]) throws(Failure) {
        let first = kept.first.map(number) ?? 0
        func place(_ id: Int) -> Int { number(id) - first }
        var holders = [Int](repeating: 0, count: kept.count)
        for part in kept.lazy.flatMap({ btf[$0].map(parts) ?? [] }) where part != 0 { holders[place(part)] += 1 }
        // Types in which nothing lies first, then those in which only such lie.
        var ready = kept.filter { holders[place($0)] == 0 }
        var depths = [Int](repeating: 0, count: kept.count)
        var done = 0
        while let id = ready.popLast() {
            done += 1
            guard let type = btf[id] else { continue }
            for part in parts(of: type) where part != 0 {
                depths[place(part)] = max(depths[place(part)], depths[place(id)] + 1)
                guard depths[place(part)] <= Limits.nesting else { throw .nesting }
                holders[place(part)] -= 1
                if holders[place(part)] == 0 { ready.append(part) }
            }
        }
        guard done == kept.count else { throw .nesting }
    }

    // MARK: - The copy

    /// The new id of a type; 0 for `void`.
    private func number(_ id: Int) -> Int { numbers[id] ?? 0 }

    private mutating func copy(_ type: BTFType, to builder: inout BTFBuilder) throws(Failure) {
        let name = try text(type.nameOffset)
        if type.kind.isComposite, marks[type.id] != .whole {
            _ = builder.forward(name, isUnion: type.kind == .union)
            return
        }
        var sizeOrType = type.sizeOrType
        var body = (0..<(type.kind.fixedSize + type.count * type.kind.elementSize) / 4).map {
            btf.word(of: type, at: $0)
        }
        func isFirst(_ index: Int) -> Bool { 4 * index % max(type.kind.elementSize, 4) == 0 }
        switch type.kind {
        case .pointer, .typedef, .volatile, .const, .restrict, .typeTag, .declarationTag:
            sizeOrType = number(sizeOrType)
        case .array: body.replaceSubrange(0..<min(2, body.count), with: body.prefix(2).map(number))
        case .structure, .union, .prototype:
            if type.kind == .prototype { sizeOrType = number(sizeOrType) }
            for index in body.indices {
                // A name, a type and, of members, a place.
                if isFirst(index) {
                    body[index] = builder.string(try text(body[index]))
                } else if isFirst(index - 1) {
                    body[index] = number(body[index])
                }
            }
        case .enum, .enum64:
            for index in body.indices where isFirst(index) { body[index] = builder.string(try text(body[index])) }
        default: break
        }
        _ = builder.record(
            type.kind.rawValue, name, count: type.count, flag: type.flag, sizeOrType, body: body)
    }

    /// A string of the original; together they are bounded, since hostile names overlap.
    private mutating func text(_ offset: Int) throws(Failure) -> String {
        guard offset != 0 else { return "" }
        let text = btf.string(offset)
        size += text.utf8.count + 1
        guard size <= Limits.schema else { throw .tooLarge }
        return text
    }
}
