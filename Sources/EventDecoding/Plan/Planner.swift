// SPDX-License-Identifier: Apache-2.0

internal import BTF

/// Makes the nodes of a plan from a type; the type is not trusted.
struct Planner {
    /// Values of one type, those of each element of an array counted once.
    static let nodeLimit = 16_384
    /// Bytes of the names of members, of the paths to them, and of enumerators: names of a kilobyte through all levels and
    /// values of a type would take half a gigabyte.
    static let nameLimit = 4 << 20
    /// Types within types.
    static let depthLimit = 32

    /// Members that are looked at: more than there are nodes, as anonymous structures are none themselves.
    private static let visitLimit = 4 * nodeLimit

    /// Members that were looked at.
    private(set) var visits = 0
    /// Bytes of names, of the paths to them, and of enumerators.
    private(set) var nameBytes = 0
    private let btf: BTF
    private let typeName: String
    private(set) var nodes: [PlanNode] = []
    private(set) var tables: [EnumerationNames] = []
    private var tableOfType: [Int: Int] = [:]
    /// The formats that authors name for members by `btf_decl_tag("fmt:ip4")`, the first of each.
    private let formats: [Member: ValueFormat]
    /// What authors say of members as histograms, by `btf_decl_tag("fmt:log2")`.
    private let histograms: [Member: String]
    /// How values of CPUs become one, by `btf_decl_tag("cpus:max")`.
    private let merges: [Member: CPUMerge]
    /// The names of types that are shown beside values.
    private var shownNames: [Int: String] = [:]

    private struct Member: Hashable {
        let type: Int
        let index: Int
    }

    /// A value that is to be planned.
    private struct Place {
        var type: Int
        var bitOffset: Int
        /// Bits of a bit-field; 0 if it is none.
        var bitSize = 0
        var name = ""
        var format: ValueFormat?
        var histogram: String?
        var merge: CPUMerge?
        /// Bytes of the path to it.
        var pathBytes = 0
        /// Whether nothing of the event comes behind it, so that a flexible array is one.
        var isTail: Bool
        var depth = 0
    }

    init(_ btf: BTF, root: Int, typeName: String) throws(DecodingError) {
        self.btf = btf
        self.typeName = typeName
        (formats, histograms, merges) = Self.notes(btf)
        try add(Place(type: root, bitOffset: 0, isTail: true))
    }

    /// What declaration tags say; of no more tags than there can be members, since each text is made.
    private static func notes(
        _ btf: BTF
    ) -> ([Member: ValueFormat], histograms: [Member: String], merges: [Member: CPUMerge]) {
        var formats: [Member: ValueFormat] = [:]
        var histograms: [Member: String] = [:]
        var merges: [Member: CPUMerge] = [:]
        var left = visitLimit
        for id in btf.firstID..<btf.endID {
            guard let type = btf[id], type.kind == .declarationTag, let index = btf.componentIndex(of: type) else {
                continue
            }
            left -= 1
            guard left >= 0 else { break }
            let member = Member(type: type.sizeOrType, index: index)
            let text = btf.name(of: type)
            if text.hasPrefix("cpus:"), merges[member] == nil {
                merges[member] = CPUMerge(rawValue: String(text.dropFirst(5)))
            }
            guard formats[member] == nil, text.hasPrefix("fmt:") else { continue }
            let word = text.dropFirst(4)
            if word.hasPrefix("log2") || word.hasPrefix("linear"), word.utf8.count < 64 {
                histograms[member] = histograms[member] ?? String(word)
            } else {
                formats[member] = ValueFormat(rawValue: String(word))
            }
        }
        return (formats, histograms, merges)
    }

    private mutating func add(_ place: Place) throws(DecodingError) {
        guard nodes.count < Self.nodeLimit else { throw DecodingError(.tooMany(limit: Self.nodeLimit), typeName) }
        guard place.depth <= Self.depthLimit else { throw DecodingError(.nesting(limit: Self.depthLimit), typeName) }
        let index = nodes.count
        let type = btf.resolved(place.type)
        let size = btf.size(of: place.type) ?? 0
        nodes.append(
            PlanNode(
                shape: .opaque, name: place.name, typeName: try shownName(of: place.type),
                access: ValueAccess(bitOffset: place.bitOffset, bits: 8, isSigned: false, order: btf.byteOrder),
                extent: Extent(size), format: place.format ?? declaredFormat(place.type),
                histogramNote: place.histogram, merge: place.merge))
        switch type?.kind {
        case .int?: if let type { planInteger(place, type, index) }
        case .enum?, .enum64?: if let type { try planEnumeration(place, type, index) }
        case .float?:
            setNumber(index, .float, place, bits: size * 8, isSigned: false, isPlain: [2, 4, 8].contains(size))
        case .pointer?: setNumber(index, .pointer, place, bits: BTF.pointerSize * 8, isSigned: false)
        case .array?: if let type { try planArray(place, type, index) }
        case .structure?, .union?: if let type { try planMembers(place, type, index) }
        default: break
        }
        nodes[index].end = nodes.count
        let element = nodes[index].shape == .array && index + 1 < nodes.count ? nodes[index + 1] : nil
        nodes[index].named = PlanNode.stackFormat(place.name, nodes[index], element: element)
    }

    // MARK: Numbers

    private mutating func setNumber(
        _ index: Int, _ shape: PlanNode.Shape, _ place: Place, bits: Int, isSigned: Bool, isPlain: Bool = true
    ) {
        let bits = place.bitSize > 0 ? place.bitSize : bits
        guard isPlain, (1...128).contains(bits) else { return }
        nodes[index].shape = shape
        nodes[index].access = ValueAccess(
            bitOffset: place.bitOffset, bits: bits, isSigned: isSigned, order: btf.byteOrder)
    }

    private mutating func planInteger(_ place: Place, _ type: BTFType, _ index: Int) {
        guard let integer = btf.integer(of: type) else { return }
        var place = place
        // The bit-fields of old compilers are integers of fewer bits than their size.
        if place.bitSize == 0 { place.bitOffset += integer.bitOffset }
        setNumber(
            index, integer.isBoolean ? .boolean : .integer, place, bits: integer.bits, isSigned: integer.isSigned)
    }

    private mutating func planEnumeration(
        _ place: Place, _ type: BTFType, _ index: Int
    ) throws(DecodingError) {
        if let table = tableOfType[type.id] {
            nodes[index].table = table
        } else {
            nodes[index].table = tables.count
            tableOfType[type.id] = tables.count
            let table = EnumerationNames(btf, type)
            tables.append(table)
            try count(names: table.nameBytes)
        }
        setNumber(
            index, .enumeration, place, bits: type.sizeOrType * 8, isSigned: type.flag,
            isPlain: (1...8).contains(type.sizeOrType))
    }

    // MARK: What has values within

    private mutating func planArray(_ place: Place, _ type: BTFType, _ index: Int) throws(DecodingError) {
        guard let array = btf.array(of: type), let stride = btf.size(of: array.element) else { return }
        nodes[index].count = array.count
        nodes[index].pace = Extent(stride)
        nodes[index].isFlexible = array.count == 0 && stride > 0 && place.isTail
        let element = btf.resolved(array.element)
        if let element, element.kind == .int, stride == 1, let integer = btf.integer(of: element), integer.bits == 8,
            !integer.isBoolean
        {
            if integer.isCharacter || btf.name(of: element) == "char" {
                nodes[index].shape = .text
                return
            } else if !integer.isSigned {
                nodes[index].shape = .octets
                return
            }
        }
        nodes[index].shape = .array
        let inner = Place(type: array.element, bitOffset: 0, isTail: false, depth: place.depth + 1)
        try add(inner)
    }

    private mutating func planMembers(_ place: Place, _ type: BTFType, _ index: Int) throws(DecodingError) {
        nodes[index].shape = .structure
        var names = DistinctNames()
        try addMembers(of: type, in: place, &names)
        AddressMembers.name(from: index + 1, in: &nodes)
    }

    /// Plans the members of a structure, those of anonymous ones within it as if they were its own, as in C.
    private mutating func addMembers(
        of type: BTFType, in place: Place, _ names: inout DistinctNames
    ) throws(DecodingError) {
        guard place.depth <= Self.depthLimit else { throw DecodingError(.nesting(limit: Self.depthLimit), typeName) }
        for index in 0..<type.count {
            visits += 1
            guard visits <= Self.visitLimit else { throw DecodingError(.tooMany(limit: Self.nodeLimit), typeName) }
            guard let member = btf.member(of: type, at: index) else { break }
            let isLast = index == type.count - 1 || type.kind == .union
            var inner = Place(
                type: member.type, bitOffset: place.bitOffset + member.bitOffset, bitSize: member.bitSize,
                isTail: place.isTail && isLast, depth: place.depth + 1)
            let name = btf.string(member.nameOffset)
            inner.pathBytes = place.pathBytes
            if name.isEmpty {
                guard let anonymous = btf.resolved(member.type), anonymous.kind.isComposite else { continue }
                try addMembers(of: anonymous, in: inner, &names)
            } else {
                inner.name = names.take(name)
                inner.pathBytes += inner.name.utf8.count + 1
                inner.format = formats[Member(type: type.id, index: index)]
                inner.histogram = histograms[Member(type: type.id, index: index)]
                inner.merge = merges[Member(type: type.id, index: index)]
                try count(names: inner.pathBytes)
                try add(inner)
            }
        }
    }

    private mutating func count(names bytes: Int) throws(DecodingError) {
        nameBytes += bytes
        guard nameBytes <= Self.nameLimit else { throw DecodingError(.names(limit: Self.nameLimit), typeName) }
    }

    // MARK: What the author says

    /// The format that the tag of a typedef on the way to the type names.
    private func declaredFormat(_ id: Int) -> ValueFormat? {
        var id = id
        for _ in 0..<Self.depthLimit {
            guard let type = btf[id], type.kind.isModifier else { return nil }
            if type.kind == .typedef, let format = formats[Member(type: id, index: -1)] { return format }
            id = type.sizeOrType
        }
        return nil
    }

    private mutating func shownName(of id: Int) throws(DecodingError) -> String {
        if let known = shownNames[id] { return known }
        let name = nameOfType(id)
        try count(names: name.utf8.count)
        shownNames[id] = name
        return name
    }

    private func nameOfType(_ id: Int) -> String {
        var id = id
        for _ in 0..<Self.depthLimit {
            guard let type = btf[id] else { return "" }
            if type.kind == .typedef || type.kind.isComposite { return btf.name(of: type) }
            guard type.kind.isModifier else { return "" }
            id = type.sizeOrType
        }
        return ""
    }
}
