// SPDX-License-Identifier: Apache-2.0

internal import EventTypes

/// Where the events of a type have stacks, and the process that these are of.
package struct StackPlan: Sendable {
    /// How an event has a stack.
    package enum Form: Sendable {
        /// Its addresses.
        case addresses
        /// Its number in a map of stacks.
        case number
        /// Build ids with places in their files (`struct bpf_stack_build_id`).
        case buildIDs
    }

    /// A stack of an event.
    package struct Member: Sendable {
        /// Its path: `kern_stack`, `key.user_stack_id`.
        package let path: String
        /// How the event has it.
        package let form: Form
        let node: PlanNode
        let length: StackLength?
    }

    /// The stacks, those in elements of arrays aside.
    package let members: [Member]
    private let process: ProcessMember?

    /// Looks for stacks by what the author of the type says, and by the names of members.
    ///
    /// - Parameter formats: Formats of fields by their paths, beside those.
    package init(_ plan: DecodingPlan, formats: [String: ValueFormat] = [:]) {
        let lengths = StackLength.find(in: plan.nodes)
        members = plan.cells.compactMap { field in
            guard let form = Form(formats[field.path] ?? field.textFormat, field.node.shape) else { return nil }
            return Member(path: field.path, form: form, node: field.node, length: lengths[field.index])
        }
        process = ProcessMember.find(in: plan.nodes)
    }

    /// The process whose stacks an event has: the one that the kernel says sent it, or else the one that it names.
    package func process(of event: RawSpan, _ context: borrowing EventContext) -> UInt32? {
        context.pid ?? process?.value(in: event)
    }

    /// The addresses of a stack, the innermost first; nil where it is not there as addresses, or is an error.
    package func addresses(_ member: Member, of event: RawSpan, _ environment: FormatEnvironment) -> [UInt64]? {
        switch member.form {
        case .buildIDs: return nil
        case .number:
            guard let value = member.node.access.load64(event, 0), let id = UInt32(exactly: value) else { return nil }
            guard case .addresses(let addresses) = environment.stacks?.stack(id) else { return nil }
            return addresses
        case .addresses:
            guard let range = range(member, of: event) else { return nil }
            return environment.addresses(event.extracting(range))
        }
    }
}

extension StackPlan {
    /// Where an event has the valid part of a stack; nil where it is not there, or is an error.
    package func range(_ member: Member, of event: RawSpan) -> Range<Int>? {
        var size = member.node.isFlexible ? max(0, event.byteCount - member.node.offset) : member.node.size
        if let length = member.length {
            guard case .bytes(let used) = length.read(event, 0) else { return nil }
            size = min(size, used)
        }
        guard member.node.offset <= event.byteCount else { return nil }
        return member.node.offset..<min(member.node.offset + size, event.byteCount)
    }
}

extension StackPlan.Form {
    init?(_ format: ValueFormat?, _ shape: PlanNode.Shape) {
        switch (format, shape) {
        case (.buildid, _): self = .buildIDs
        case (.stack, _), (.kstack, .array), (.ustack, .array), (.kstack, .octets), (.ustack, .octets):
            self = .addresses
        case (.stackid, _), (.kstack, _), (.ustack, _): self = .number
        default: return nil
        }
    }
}

/// The member that says which process an event is of.
struct ProcessMember: Sendable {
    private let access: ValueAccess
    /// Whether the process is in the upper half.
    private let isUpperHalf: Bool

    /// Nodes of one type that are looked at.
    private static let mostLooks = 4_096

    /// The member of the best name; of those the one in the fewest structures, and of those the first.
    static func find(in nodes: [PlanNode]) -> ProcessMember? {
        let depths = depths(nodes)
        for name in StackMembers.processes + [StackMembers.bothNumbers] {
            let found = depths.filter { nodes[$0.index].name == name && nodes[$0.index].isNumberOfProcess }
            if let best = found.min(by: { ($0.depth, $0.index) < ($1.depth, $1.index) }) {
                return ProcessMember(
                    access: nodes[best.index].access, isUpperHalf: name == StackMembers.bothNumbers)
            }
        }
        // A key that is nothing else says it by its type.
        let typed = depths.first {
            nodes[$0.index].isNumberOfProcess && StackMembers.processTypes.contains(nodes[$0.index].typeName)
        }
        return typed.map { ProcessMember(access: nodes[$0.index].access, isUpperHalf: false) }
    }

    /// The nodes outside of arrays, and how many structures each is in.
    private static func depths(_ nodes: [PlanNode]) -> [(index: Int, depth: Int)] {
        var found: [(index: Int, depth: Int)] = []
        var open: [Int] = []
        var index = 0
        while index < nodes.count, found.count < mostLooks {
            while let end = open.last, index >= end { open.removeLast() }
            let node = nodes[index]
            found.append((index, open.count))
            if node.shape == .structure {
                open.append(node.end)
                index += 1
            } else {
                index = max(node.end, index + 1)
            }
        }
        return found
    }

    /// The process of an event; nil if it ends before it, or says none.
    func value(in event: RawSpan) -> UInt32? {
        guard let value = access.load64(event, 0) else { return nil }
        let number = isUpperHalf ? value >> 32 : access.bits == 64 ? value : value & 0xffff_ffff
        guard let process = UInt32(exactly: number), process > 0, process <= UInt32(Int32.max) else { return nil }
        return process
    }
}

extension PlanNode {
    fileprivate var isNumberOfProcess: Bool {
        guard shape == .integer else { return false }
        return name == StackMembers.bothNumbers ? access.bits == 64 : access.bits == 32 || access.bits == 64
    }

    /// The format of a stack by the name of the member, where its type fits: for text only.
    ///
    /// - Parameter element: The elements of an array.
    static func stackFormat(_ name: String, _ node: PlanNode, element: PlanNode?) -> ValueFormat? {
        switch node.shape {
        case .array:
            guard let element else { return nil }
            if element.typeName == StackMembers.buildIDType, element.size == StackMembers.buildIDSize {
                return .buildid
            }
            let isAddresses = element.shape == .integer && element.access.bits == 64 && element.size == 8
            return isAddresses && StackMembers.isStack(name) ? .stack : nil
        case .structure:
            return node.typeName == StackMembers.buildIDType && node.size == StackMembers.buildIDSize ? .buildid : nil
        case .integer:
            return [32, 64].contains(node.access.bits) && StackMembers.isNumber(name) ? .stackid : nil
        default: return nil
        }
    }
}

/// The number beside a stack that says how much of it is valid: `kern_stack_sz` beside `kern_stack`.
struct StackLength: Sendable {
    /// What it says.
    enum Value {
        /// So many bytes are valid.
        case bytes(Int)
        /// There is no stack: what the kernel said instead.
        case error(Int128)
    }

    private let access: ValueAccess
    private let countsAddresses: Bool

    /// The numbers by the index of the stack.
    static func find(in nodes: [PlanNode]) -> [Int: StackLength] {
        var found: [Int: StackLength] = [:]
        for (index, node) in nodes.enumerated() where node.shape == .structure {
            var stacks: [(name: String, index: Int)] = []
            var numbers: [String: Int] = [:]
            var at = index + 1
            while at < node.end {
                if nodes[at].shape == .array, nodes[at].isStack { stacks.append((nodes[at].name, at)) }
                if nodes[at].shape == .integer, nodes[at].access.bits <= 64 { numbers[nodes[at].name] = at }
                at = nodes[at].end
            }
            guard !stacks.isEmpty, !numbers.isEmpty else { continue }
            for (name, stack) in stacks {
                guard let (length, counts) = StackMembers.lengths(of: name).first(where: { numbers[$0.name] != nil }),
                    let number = numbers[length]
                else { continue }
                found[stack] = StackLength(access: nodes[number].access, countsAddresses: counts)
            }
        }
        return found
    }

    /// What it says in an event; no bytes where the event ends before it.
    func read(_ event: RawSpan, _ base: Int) -> Value {
        guard let value = access.load64(event, base) else { return .bytes(0) }
        // Programs keep what the helper returned in numbers without sign, too.
        let unused = UInt64(64 - min(max(access.bits, 1), 64))
        let signed = Int64(bitPattern: value << unused) >> Int64(unused)
        if (-4095..<0).contains(signed) { return .error(Int128(signed)) }
        let (bytes, isTooMuch) = value.multipliedReportingOverflow(by: countsAddresses ? 8 : 1)
        return .bytes(isTooMuch ? .max : Int(clamping: bytes) & ~7)
    }
}

extension PlanNode {
    /// Whether it is shown as a stack, by its author or its name.
    fileprivate var isStack: Bool { [.stack, .kstack, .ustack, .buildid].contains(format ?? named) }
}
