// SPDX-License-Identifier: Apache-2.0

package import BPFObject
package import BTF

/// What an object tells of how the elements of its maps are to be shown, beside their types: marks that an author would put
/// on members.
///
/// - Arrays of counters with the name of a histogram whose buckets are proven to have one width: `fmt:linear(0,200)`.
/// - Members that are numbers of stacks, if the object has one map of stacks: `fmt:stackid`, and its stacks: `fmt:stack`.
package struct AnswerMarks {
    private let buckets: BucketScanner
    private let maps: [MapDefinition]
    private let hasOneMapOfStacks: Bool
    /// The maps whose keys are numbers of stacks by the lines that look for them.
    private var keyedByStacks: Set<Int> = []

    /// Looks at the code of an object.
    package init(_ object: Object) {
        maps = object.maps
        buckets = BucketScanner(object.functions)
        hasOneMapOfStacks = object.maps.filter { $0.type == .stackTrace }.count == 1
        guard hasOneMapOfStacks else { return }
        // The lines of a function are read once, however many calls it has.
        var numbers: [Int: Set<String>] = [:]
        for (map, calls) in buckets.keyed where calls.contains(where: { Self.isKeyedByStack($0, object, &numbers) }) {
            keyedByStacks.insert(map)
        }
    }

    /// The marks for the elements of a map.
    ///
    /// - Parameters:
    ///   - index: The map's index in the object.
    ///   - schema: The type of its elements: `struct { key; value; }`.
    package func tags(ofMap index: Int, _ schema: EventSchema) -> [EventSchema.Tag] {
        guard maps.indices.contains(index), let types = try? BTF(parsing: schema.btf) else { return [] }
        if maps[index].type == .stackTrace {
            // BPF_F_STACK_BUILD_ID: build ids and offsets instead of addresses.
            let isByAddress = maps[index].flags & 1 << 5 == 0
            return [EventSchema.Tag(member: "value", text: isByAddress ? "fmt:stack" : "fmt:buildid")]
        }
        var tags: [EventSchema.Tag] = []
        for member in ElementMember.all(of: schema.typeID, in: types) {
            if member.count == nil {
                guard hasOneMapOfStacks, member.isInteger, member.size == 4 || member.size == 8,
                    StackMembers.isNumber(member.name) || member.path == "key" && keyedByStacks.contains(index)
                else { continue }
                tags.append(EventSchema.Tag(member: member.path, text: "fmt:stackid"))
            } else if member.isStack {
                tags.append(EventSchema.Tag(member: member.path, text: "fmt:stack"))
            } else if let scale = scale(of: member, index) {
                tags.append(EventSchema.Tag(member: member.path, text: "fmt:" + scale))
            }
        }
        return tags
    }

    private func scale(of member: ElementMember, _ map: Int) -> String? {
        guard member.isInteger, let offset = member.valueOffset, let count = member.count, count > 1,
            member.path == "value" ? HistogramNames.isMap(maps[map].name) : HistogramNames.isArray(member.name),
            let index = buckets.found[BucketScanner.Place(map: map, offset: offset, width: member.size)] ?? nil
        else { return nil }
        return index.scale(buckets: count)
    }

    /// Whether a call takes the number of a stack as key: `&info->stack_id`, or a variable that such a number was assigned to.
    ///
    /// - Parameter numbers: The variables of functions that numbers of stacks are assigned to, as far as they were looked for.
    private static func isKeyedByStack(
        _ call: BucketScanner.Call, _ object: Object, _ numbers: inout [Int: Set<String>]
    ) -> Bool {
        let function = object.functions[call.function]
        guard let lines = object.typeInfo.lines(ofSection: function.sectionName),
            let key = lines.text(at: function.start + call.instruction).flatMap({ SourceStatement($0).secondArgument })
        else { return false }
        if StackMembers.isNumber(key) { return true }
        if numbers[call.function] == nil {
            let variables = lines.texts(in: function.range, most: mostLines).compactMap { text -> String? in
                let statement = SourceStatement(text)
                guard let variable = statement.assignedVariable, let value = statement.assignedValue,
                    StackMembers.isNumber(String(value.split(whereSeparator: { $0 == "." || $0 == ">" }).last ?? ""))
                else { return nil }
                return variable
            }
            numbers[call.function] = Set(variables)
        }
        return numbers[call.function]?.contains(key) == true
    }

    /// Lines of one function that are looked at.
    private static let mostLines = 4_096
}

/// A member of the elements of a map: a number, or an array of numbers.
struct ElementMember {
    /// Its path: `value.slots`; members of elements of an array stand for those of all.
    let path: String
    let name: String
    /// Where it is in the value, of an array of structures in its first element; nil in the key.
    let valueOffset: Int?
    /// Bytes of it, or of one of its elements.
    let size: Int
    /// How many elements it has; nil if it is no array.
    let count: Int?
    let isInteger: Bool

    private static let most = 4_096
    /// Types within types that branch without end may have no number among them.
    private static let mostLooks = 1 << 16

    /// Whether it is the addresses of a stack by its name: `u64 kern_stack[20]`.
    var isStack: Bool {
        isInteger && size == 8 && count ?? 0 > 1 && StackMembers.isStack(name)
    }

    /// The members of a type of elements, those of structures and of arrays of structures within it too.
    static func all(of root: Int, in types: BTF) -> [ElementMember] {
        var found: [ElementMember] = []
        var looks = mostLooks
        guard let element = types.resolved(root), element.kind == .structure else { return [] }
        for member in types.members(of: element) {
            let name = types.string(member.nameOffset)
            guard name == "key" || name == "value" else { continue }
            add(name, name, member.type, name == "value" ? 0 : nil, types, 0, &looks, &found)
        }
        return found
    }

    private static func add(
        _ path: String, _ name: String, _ id: Int, _ offset: Int?, _ types: BTF, _ depth: Int, _ looks: inout Int,
        _ found: inout [ElementMember]
    ) {
        looks -= 1
        guard looks > 0, found.count < most, depth < Limits.typeDepth, let type = types.resolved(id) else { return }
        switch type.kind {
        case .structure, .union:
            for member in types.members(of: type) where member.bitSize == 0 && member.bitOffset & 7 == 0 {
                let own = types.string(member.nameOffset)
                add(
                    own.isEmpty ? path : "\(path).\(own)", own.isEmpty ? name : own, member.type,
                    offset.map { $0 + member.bitOffset / 8 }, types, depth + 1, &looks, &found)
            }
        case .array:
            guard let array = types.array(of: type), let element = types.resolved(array.element) else { return }
            guard element.kind == .int || element.kind == .enum else {
                return add(path, name, array.element, offset, types, depth + 1, &looks, &found)
            }
            found.append(
                ElementMember(
                    path: path, name: name, valueOffset: offset, size: types.size(of: array.element) ?? 0,
                    count: array.count, isInteger: element.kind == .int))
        case .int, .enum, .pointer:
            found.append(
                ElementMember(
                    path: path, name: name, valueOffset: offset, size: types.size(of: id) ?? 0, count: nil,
                    isInteger: type.kind == .int))
        default: return
        }
    }
}
