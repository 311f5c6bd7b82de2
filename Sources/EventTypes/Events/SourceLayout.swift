// SPDX-License-Identifier: Apache-2.0

internal import BPFObject
internal import BTF

/// The structure of an event as the code fills it and its source lines name it.
///
/// Objects that were stripped, as those in skeletons are, have no debug information, and clang leaves a structure out of BTF
/// that only code uses. What is left are the stores and the helpers that fill the event, and the line of C that each
/// belongs to: `event.pid = …` with four bytes at offset 40 says that there is a member `pid` of four bytes. What is told
/// twice and not alike is not believed, and then nothing of the event is.
struct SourceLayout {
    /// A member as writes tell it.
    struct Member: Equatable {
        enum Kind: Equatable {
            case number
            /// Numbers of some bytes each.
            case numbers(of: Int)
            case text
            case bytes
        }

        var name: String
        var offset: Int
        var size: Int
        var kind: Kind
        /// Whether the number is in network order.
        var isNetworkOrder = false
    }

    /// The name of the structure in C; nil if no line says it.
    private(set) var structure: String?
    /// The name of the variable.
    private(set) var variable: String
    private(set) var members: [Member] = []

    /// Members of one event.
    private static let most = 256
    /// Lines of one function that are looked at.
    private static let mostLines = 4_096
    /// Numbers of two bytes of which the lines are asked whether they are ports.
    private static let mostPorts = 16

    /// Reads what one function fills.
    ///
    /// - Parameters:
    ///   - size: Bytes of the event.
    ///   - writes: What is written to the event's memory, by its offset in the event.
    ///   - call: The line of the call that sends the event.
    ///   - lines: All lines of the function.
    ///   - text: The line of a write.
    ///   - sizes: The sizes that members of a name have in BTF.
    /// - Throws: What is in doubt, as a clause.
    init(
        size: Int, writes: [(offset: Int, write: EventWrite)], call: String?, lines: [String],
        text: (EventWrite) -> String?, sizes: (Set<String>) -> [String: Set<Int>]
    ) throws(EventFault) {
        let read = writes.map { Written(offset: $0.offset, $0.write, text($0.write)) }
        let statements = lines.prefix(Self.mostLines).map { SourceStatement($0) }
        guard let variable = Self.variable(read, size, call.map { SourceStatement($0) }, statements) else {
            throw EventFault(words: "no source line names what is in them")
        }
        guard !read.contains(where: { $0.place?.variable == variable && $0.statement?.hasSeveral == true }) else {
            throw EventFault(words: "source lines have several statements each")
        }
        guard !read.contains(where: { $0.isDoubtful(variable) }) else {
            throw EventFault(words: "source lines and what is written differ")
        }
        self.variable = variable
        structure = statements.lazy.compactMap(\.declared).first { $0.variable == variable }?.type
        try Self.checkCopies(read.filter { $0.place?.variable == variable }, statements, sizes)
        var members = try Self.named(read.filter { $0.place?.variable == variable }, size)
        let nameless = Self.nameless(read, beside: members, size)
        members += try Self.matched(nameless, Self.unwritten(statements, variable, members))
        guard !members.isEmpty, members.count <= Self.most else {
            throw EventFault(words: "no source line names what is in them")
        }
        let ports = members.indices.filter { members[$0].kind == .number && members[$0].size == 2 }
        for index in ports.prefix(Self.mostPorts) {
            members[index].isNetworkOrder = Self.isPort(members[index].name, variable, statements)
        }
        self.members = members
        try order(size)
    }

    /// Takes in what another function fills of the same structure.
    mutating func join(_ other: SourceLayout, size: Int) throws(EventFault) {
        guard structure == other.structure || structure == nil || other.structure == nil,
            structure != nil || variable == other.variable
        else { throw EventFault(words: "functions send different structures (\(words), \(other.words))") }
        structure = structure ?? other.structure
        for member in other.members {
            guard let known = members.firstIndex(where: { $0.name == member.name }) else {
                members.append(member)
                continue
            }
            members[known] = try Self.joined(members[known], member)
        }
        // What has no name in one function may have one in the other.
        let named = Set(members.filter { $0.name != Self.name(at: $0.offset) }.map(\.offset))
        members.removeAll { named.contains($0.offset) && $0.name == Self.name(at: $0.offset) }
        try order(size)
    }

    private var words: String { structure.map { "struct \($0)" } ?? variable }

    /// Puts the members in order; those that begin at one place are members of a union.
    private mutating func order(_ size: Int) throws(EventFault) {
        members.sort { ($0.offset, $1.size, $0.name) < ($1.offset, $0.size, $1.name) }
        var end = 0
        var start = -1
        for (member, next) in zip(members, members.dropFirst()) {
            // Bit-fields are written as the whole number that they are in.
            guard
                member.offset != next.offset || member.size != next.size || member.kind != .number
                    || next.kind != .number
            else {
                throw EventFault(words: "source lines name two members at one place (\(member.name), \(next.name))")
            }
        }
        for member in members {
            guard member.offset >= end || member.offset == start, member.offset + member.size <= size else {
                throw EventFault(words: "source lines name members that overlap (\(member.name))")
            }
            start = member.offset
            end = max(end, member.offset + member.size)
        }
    }

    // MARK: - Writes

    /// A write with what its line says.
    private struct Written {
        /// Whether it may be the copy of several members.
        let isCopy: Bool
        let offset: Int
        let size: Int
        let kind: EventWrite.Kind
        let text: String?
        let statement: SourceStatement?
        /// The member that is written.
        let place: SourceStatement.Place?

        init(offset: Int, _ write: EventWrite, _ text: String?) {
            self.offset = offset
            isCopy = write.isCopy
            (size, kind) = (write.size, write.kind)
            self.text = text
            let statement = text.map { SourceStatement($0) }
            self.statement = statement
            // A value that helpers read goes to the member at once where no copy is needed.
            place = statement?.assigned ?? statement?.argument
        }

        var isNumber: Bool { if case .number = kind { true } else { false } }
        var end: Int { offset + size }

        /// Whether it may be the stores of several members at once, as those of bit-fields: a number that the code has and
        /// that is another one than the line's, or wider than what a member of half the size holds.
        func isDoubtful(_ variable: String) -> Bool {
            guard place?.variable == variable, case .number(let number?) = kind, number > 0 else { return false }
            if let value = statement?.assignedValue, let literal = Int64(value) { return literal != number }
            return size > 1 && (size == 8 ? number >> 32 != 0 : number >> Int64(size * 4) != 0)
        }
    }

    /// The variable that the event is: the one that the call names, else the one that a declaration clears as a whole, else
    /// the only one whose members are written.
    private static func variable(
        _ writes: [Written], _ size: Int, _ call: SourceStatement?, _ lines: [SourceStatement]
    ) -> String? {
        let all = Set(writes.compactMap { $0.place?.variable })
        let called = all.filter { call?.has($0) == true }
        if called.count == 1 { return called.first }
        var covered: [String: Int] = [:]
        for write in writes {
            if let name = write.statement?.declared?.variable { covered[name, default: 0] += write.size }
        }
        let declared = all.filter { covered[$0, default: 0] >= size - 7 }
        if declared.count == 1 { return declared.first }
        return all.count == 1 ? all.first : nil
    }

    /// Refuses copies of numbers of which BTF does not say that what is copied has that size: compilers copy two members that
    /// lie behind each other at once, under the line of one of them.
    private static func checkCopies(
        _ writes: [Written], _ lines: [SourceStatement], _ sizes: (Set<String>) -> [String: Set<Int>]
    ) throws(EventFault) {
        let copies = writes.filter { $0.isCopy && $0.isNumber && $0.size > 1 && $0.statement?.assigned != nil }
        guard !copies.isEmpty else { return }
        let sources = copies.map { sourceNames(of: $0, lines) }
        let known = sizes(Set(sources.flatMap(\.self)))
        for (write, names) in zip(copies, sources) {
            // The pieces of an address or a text are as large as they may be.
            let isWhole = writes.filter { $0.place?.member == write.place?.member }.allSatisfy {
                $0.offset == write.offset
            }
            guard !isWhole || names.isEmpty || names.contains(where: { known[$0]?.contains(write.size) == true }) else {
                throw EventFault(words: "it is not told whether source lines copy one member or several")
            }
        }
    }

    /// The names of the members that a line copies: `dport` of `tuple->dport`, and where that is a variable, of what was
    /// assigned to it; none where it copies no member.
    private static func sourceNames(of write: Written, _ lines: [SourceStatement]) -> Set<String> {
        guard let value = write.statement?.assignedValue else { return [] }
        let statement = SourceStatement(value)
        let sources =
            statement.isWord
            ? lines.filter { $0.assignedVariable == value }.compactMap { $0.assignedValue.map { SourceStatement($0) } }
            : [statement]
        return Set(sources.filter(\.hasMember).compactMap(\.lastWord))
    }

    /// The members that writes name.
    private static func named(_ writes: [Written], _ size: Int) throws(EventFault) -> [Member] {
        var members: [String: [Written]] = [:]
        for write in writes {
            guard let place = write.place, write.offset >= 0, write.end <= size else { continue }
            members[place.member, default: []].append(write)
        }
        var found: [Member] = []
        for name in members.keys.sorted() { found.append(try member(name, members[name] ?? [])) }
        return found
    }

    /// A member of all that is written to it.
    private static func member(_ name: String, _ writes: [Written]) throws(EventFault) -> Member {
        let doubt = EventFault(words: "source lines place the member \(name) at several places")
        let blocks = writes.filter { !$0.isNumber }
        let start = writes.map { $0.offset }.min() ?? 0
        let end = writes.map(\.end).max() ?? 0
        if let first = blocks.first {
            // Its first character may be set alone; parts of it may be read alone.
            guard blocks.allSatisfy({ $0.offset == first.offset && $0.place?.element == nil }), start == first.offset,
                end == blocks.map(\.end).max()
            else { throw doubt }
            let size = end - start
            return Member(name: name, offset: start, size: size, kind: kind(of: blocks, name, size))
        }
        let sizes = Set(writes.map(\.size))
        if writes.contains(where: { $0.place?.element != nil }) {
            // Elements of one array, and copies of it as a whole.
            var first: Int?
            var count = 0
            let elements = writes.filter { $0.place?.element != nil }
            guard let width = elements.first?.size, elements.allSatisfy({ $0.size == width }) else { throw doubt }
            for write in elements {
                let number = write.place?.element ?? 0
                let own = write.offset - number * width
                guard own >= 0, first == nil || first == own else { throw doubt }
                first = own
                count = max(count, number + 1)
            }
            let others = writes.filter { $0.place?.element == nil }
            guard let first, others.allSatisfy({ $0.offset >= first }) else { throw doubt }
            let size = max(count * width, (others.map(\.end).max() ?? 0) - first)
            if width == 1 { return Member(name: name, offset: first, size: size, kind: isText(name) ? .text : .bytes) }
            guard size % width == 0 else { throw doubt }
            return Member(name: name, offset: first, size: size, kind: .numbers(of: width))
        }
        if writes.allSatisfy({ $0.offset == start }) {
            guard sizes.count == 1 else { throw doubt }
            return Member(name: name, offset: start, size: end - start, kind: .number)
        }
        // The copy of a structure or an array, 8 bytes at a time.
        var covered = start
        for write in writes.sorted(by: { ($0.offset, $0.size) < ($1.offset, $1.size) }) {
            guard write.offset <= covered else { throw doubt }
            covered = max(covered, write.end)
        }
        return Member(name: name, offset: start, size: end - start, kind: isText(name) ? .text : .bytes)
    }

    /// What helpers copy to a member: text, or a number if it has the size of one.
    private static func kind(of blocks: [Written], _ name: String, _ size: Int) -> Member.Kind {
        let isNumber = [1, 2, 4, 8].contains(size)
        // `cmd` and `file` may be a number and an address.
        if blocks.contains(where: { $0.kind == .text }) || !isNumber && isText(name) { return .text }
        return isNumber ? .number : .bytes
    }

    /// What two functions tell of one member.
    private static func joined(_ one: Member, _ other: Member) throws(EventFault) -> Member {
        let doubt = EventFault(words: "functions place the member \(one.name) at several places")
        guard one.offset == other.offset else { throw doubt }
        var larger = one.size >= other.size ? one : other
        larger.isNetworkOrder = one.isNetworkOrder || other.isNetworkOrder
        guard one.size != other.size else {
            // Text is what helpers say it to be.
            if one.kind == .text || other.kind == .text { larger.kind = .text }
            return larger
        }
        // A number has one size.
        if case .number = larger.kind { throw doubt }
        return larger
    }

    // MARK: - What has no name

    /// The members that lines name and no write does, each with what is assigned to it.
    private static func unwritten(
        _ lines: [SourceStatement], _ variable: String, _ members: [Member]
    ) -> [(name: String, value: String?)] {
        var found: [(name: String, value: String?)] = []
        for line in lines {
            let assigned = line.assigned
            guard let place = assigned ?? line.argument, place.variable == variable, place.element == nil,
                !members.contains(where: { $0.name == place.member }),
                !found.contains(where: { $0.name == place.member })
            else { continue }
            // A condition reads.
            guard assigned != nil || !line.isCondition else { continue }
            found.append((place.member, assigned == nil ? nil : line.assignedValue))
        }
        return found
    }

    /// Writes to places of which no line names a member: code that the compiler made of several lines has none, and a value
    /// that is only copied on is written where it goes.
    private static func nameless(_ writes: [Written], beside members: [Member], _ size: Int) -> [Written] {
        var found: [Int: Written] = [:]
        for write in writes where write.place == nil && write.offset >= 0 && write.end <= size {
            guard write.text == nil || write.statement?.assignedVariable != nil, write.statement?.declared == nil,
                !members.contains(where: { $0.offset < write.end && write.offset < $0.offset + $0.size })
            else { continue }
            if let known = found[write.offset], known.size >= write.size { continue }
            found[write.offset] = write
        }
        return found.values.sorted { $0.offset < $1.offset }
    }

    /// Members of writes without names, which get the names without writes where there is no doubt.
    private static func matched(
        _ nameless: [Written], _ names: [(name: String, value: String?)]
    ) throws(EventFault) -> [Member] {
        var (names, left) = (names, nameless)
        var members: [Member] = []
        func take(_ write: Written, _ name: String) {
            let kind = write.isNumber ? .number : kind(of: [write], name, write.size)
            members.append(Member(name: name, offset: write.offset, size: write.size, kind: kind))
        }
        for write in nameless {
            guard let variable = write.statement?.assignedVariable else { continue }
            left.removeAll { $0.offset == write.offset }
            let fitting = names.indices.filter { names[$0].value == variable }
            // A variable that shares the place with the event before that is there is none of it.
            guard fitting.count == 1 else { continue }
            take(write, names[fitting[0]].name)
            names.remove(at: fitting[0])
        }
        if names.count == 1, left.count == 1 {
            take(left[0], names[0].name)
            (names, left) = ([], [])
        }
        // A member that is assigned to and that nothing writes to may be a bit-field, or in a store of two.
        if let lost = names.first(where: { $0.value != nil }) {
            throw EventFault(words: "source lines name members that nothing is seen to write (\(lost.name))")
        }
        for write in left { take(write, name(at: write.offset)) }
        return members
    }

    /// What a member is called that no line names.
    private static func name(at offset: Int) -> String { "at_\(offset)" }
}
