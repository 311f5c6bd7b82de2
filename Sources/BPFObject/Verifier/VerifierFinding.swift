// SPDX-License-Identifier: Apache-2.0

internal import BTF
internal import Diagnostics

/// What a refusal means for one program: the rule of the kernel's words, with what the program and its object tell
/// beyond them.
package struct VerifierFinding {
    /// The rule, in words for this program.
    package private(set) var rule: VerifierRule
    /// The instruction that is meant, which is not always the one that the kernel names.
    package private(set) var instruction: Int?
    private let report: VerifierReport
    private let program: LinkedProgram
    private let object: Object

    /// Looks at what a program is like.
    ///
    /// - Parameter instruction: The instruction that the kernel names, if it does.
    package init(
        _ rule: VerifierRule, _ report: VerifierReport, at instruction: Int?, in program: LinkedProgram,
        of object: Object
    ) {
        self.rule = rule
        self.instruction = instruction
        self.report = report
        self.program = program
        self.object = object
        let text = report.reason.joined(separator: "\n")
        switch rule.code {
        case .verifierCallDepth: findRecursion(text)
        case .verifierLoop where instruction.map(program.callsFunction(at:)) == true:
            // Kernels before 5.13 take a call that leads back for a jump that does.
            self.rule = .recursion
            findRecursion(text)
        case .verifierTailCall: if self.instruction == nil { self.instruction = tailCall }
        case .verifierPointerArgument, .verifierFunctionArguments: findFunction(text)
        case .verifierArgumentType: findMisplacedMap()
        case .verifierMapType: nameMap(text)
        case .verifierRegisterUnset where rule.isOfArgument: nameArgument()
        case .verifierLicense: nameLicense()
        case .verifierSpecialField: nameMember(text)
        case .verifierTooComplex: findLoop()
        default: break
        }
    }

    // MARK: - Calls

    /// Functions that call each other, or themselves: most kernels name no place, and some not even the cause.
    private mutating func findRecursion(_ text: String) {
        // Newer ones name the functions, and no instruction.
        let named = text.firstMatch(of: /recursive call from (\w+)\(\) to (\w+)\(\)/)
        guard !text.contains("too many subprograms"), let cycle = CallCycle(of: program) else {
            if let named { instruction = program.call(from: named.1, to: named.2) }
            return
        }
        if let named {
            instruction = program.call(from: named.1, to: named.2)
        } else {
            instruction = cycle.call
        }
        let names = cycle.functions
        rule.title =
            names.count > 1
            ? "functions \(names.prefix(4).joined(separator: ", ")) call each other in a circle"
            : "function \(names.first ?? "") calls itself"
        rule.cause = "the kernel must know how deep calls can go, and follows no recursion"
        rule.remedy = "turn the recursion into a loop with a bound"
        rule.correction = "for (int i = 0; i < 64; i++)"
    }

    /// The first tail call in a function that the program calls; that of the program itself is not refused for its stack.
    private var tailCall: Int? {
        guard rule.here != nil else { return nil }
        let calls = program.instructions.indices.filter {
            program.instructions[$0].code == Instruction.callCode && program.instructions[$0].source == 0
                && program.instructions[$0].immediate == Self.tailCallHelper
        }
        let first = program.functionName(ofInstruction: 0)
        return calls.first { program.functionName(ofInstruction: $0) != first } ?? calls.first
    }

    /// `bpf_tail_call`.
    private static let tailCallHelper: Int32 = 12

    /// `Arg#0 type PTR in fill() is not supported yet`: the function is named, and no instruction.
    private mutating func findFunction(_ text: String) {
        guard instruction == nil, let match = text.firstMatch(of: /in (\w+)\(\)/) else { return }
        instruction = program.firstInstruction(ofFunction: String(match.1))
        if instruction != nil { rule.here = "the function" }
    }

    // MARK: - Maps

    /// A definition of a map without `SEC(".maps")` is a variable, and its address is one in the map of the section.
    private mutating func findMisplacedMap() {
        guard rule.correction == "&map", let load = report.origin?.instruction,
            let reference = program.mapReferences.first(where: { $0.instruction == load }),
            let offset = reference.valueOffset, let types = object.typeInfo.types,
            let variable = object.variables.first(where: { $0.map == reference.map && $0.offset == Int(offset) })
        else { return }
        rule.title = "\(variable.name) is a variable of \(variable.section), and no map"
        guard let structure = types.resolved(variable.type), structure.kind == .structure,
            types.members(of: structure).contains(where: { types.string($0.nameOffset) == "type" })
        else { return }
        rule.cause = "its definition is like one of a map, and is not in section .maps"
        rule.remedy = "put it into that section"
        rule.correction = "} \(variable.name) SEC(\".maps\");"
    }

    /// The map that a helper was given, if the program has one of that type.
    private mutating func nameMap(_ text: String) {
        var name: String?
        if let type = VerifierRule.mapType(in: text) {
            let maps = program.maps.sorted().filter { object.maps.indices.contains($0) && object.maps[$0].type == type }
            if maps.count == 1, let map = maps.first { name = object.maps[map].name }
            if let name, let call = VerifierRule.call(inMapRefusal: text) {
                rule.title = "\(call)() is not for \(name), a map of type \(type)"
            }
        }
        rule.remedy = rule.remedy.replacing("$map", with: name ?? "the map")
        rule.correction = rule.correction?.replacing("$map", with: name ?? "map")
    }

    /// `tracing progs cannot use bpf_spin_lock yet`: the map that has such a member, and a call that uses it.
    private mutating func nameMember(_ text: String) {
        guard let mark = text.firstRange(of: "progs cannot use "), let types = object.typeInfo.types else { return }
        let word = text[mark.upperBound...].prefix { $0 == "_" || $0.isLetter || $0.isNumber }
        // `bpf_{list_head,rb_root}` is both.
        let members: Set<String> = word == "bpf_" ? ["bpf_list_head", "bpf_rb_root"] : [String(word)]
        var search = MemberSearch(types, names: members)
        let maps = program.maps.sorted().filter { object.maps.indices.contains($0) }.map { object.maps[$0] }
        guard let (map, member) = maps.lazy.compactMap({ map in search.find(map.valueTypeID).map { (map, $0) } }).first
        else { return }
        let type = program.definition.convention.map { "programs of type \($0.type)" } ?? "programs of this type"
        rule.title = "map \(map.name) has a struct \(member) in its values, which \(type) cannot use"
        rule.cause = "such a member belongs to the kernel, which keeps it from programs of some types"
        if instruction == nil, let helpers = Self.helpers[member] {
            instruction = program.instructions.indices.first {
                program.instructions[$0].code == Instruction.callCode && program.instructions[$0].source == 0
                    && helpers.contains(program.instructions[$0].immediate)
            }
            if instruction != nil { rule.here = "used here" }
        }
    }

    /// The helpers that take a member, by its type.
    private static let helpers: [String: ClosedRange<Int32>] = ["bpf_spin_lock": 93...94, "bpf_timer": 169...172]

    // MARK: - The program

    /// The argument that is not passed, by its name, and the macro that reads arguments for this kind of program.
    private mutating func nameArgument() {
        guard let register = report.register, let function = program.functionName(ofInstruction: 0) else { return }
        let declaration = program.sourceLine(ofInstruction: 0).flatMap { FunctionDeclaration($0.text, of: function) }
        if let name = declaration?.name(ofParameter: register) {
            rule.title = "programs have one argument, the context: \(name) is not set"
        }
        guard let macro = Self.macro(for: program.definition.section) else { return }
        rule.remedy = "declare the program with \(macro)(), which reads the arguments out of the context"
        let parameters = declaration?.parameters.dropFirst().map(\.text).joined(separator: ", ") ?? "…"
        rule.correction = "int \(macro)(\(function), \(parameters))"
    }

    /// The macro of libbpf that declares a program of a section with arguments; nil for one that has only the context.
    private static func macro(for section: String) -> String? {
        let kind = section.drop { $0 == "?" }.prefix { $0 != "/" && $0 != "." }
        return switch kind {
        case "kprobe": "BPF_KPROBE"
        case "kretprobe": "BPF_KRETPROBE"
        case "uprobe": "BPF_UPROBE"
        case "uretprobe": "BPF_URETPROBE"
        case "ksyscall": "BPF_KSYSCALL"
        case "usdt": "BPF_USDT"
        case "fentry", "fexit", "fmod_ret", "lsm", "tp_btf", "struct_ops": "BPF_PROG"
        default: nil
        }
    }

    private mutating func nameLicense() {
        let end = rule.cause.firstRange(of: ", and the `license` section")?.lowerBound ?? rule.cause.endIndex
        let license = object.license.map { "the license of the object is \"\($0)\"" } ?? "the object has no license"
        rule.cause = rule.cause[..<end] + ", and " + license
    }

    // MARK: - Loops

    /// A round without a bound that the verifier sees is another mistake than a loop that is too long.
    private mutating func findLoop() {
        guard let round = LoopRound(of: report.steps, in: program), !round.hasBound else { return }
        rule.title = "the loop \(round.place) has no end that the verifier sees"
        rule.cause = "nothing bounds its rounds, and the verifier followed as many instructions as it is willing to"
        rule.remedy = "give it a bound, or use bpf_loop() (5.17) or bpf_for() (6.4)"
        rule.correction = "for (int i = 0; i < 64; i++)"
    }
}

/// The search for a structure by its name in the types of values of maps.
struct MemberSearch {
    private let types: BTF
    private let names: Set<String>
    /// Types that are looked at: objects may nest theirs as they like.
    private var budget = 4096

    init(_ types: BTF, names: Set<String>) {
        self.types = types
        self.names = names
    }

    /// The name of the structure within a type, or of the type itself; nil if there is none.
    mutating func find(_ id: Int, depth: Int = 0) -> String? {
        guard depth < 8, budget > 0, let type = types.resolved(id) else { return nil }
        budget -= 1
        if let array = types.array(of: type) { return find(array.element, depth: depth + 1) }
        guard type.kind.isComposite else { return nil }
        let name = types.name(of: type)
        if names.contains(name) { return name }
        for index in 0..<type.count {
            guard budget > 0, let member = types.member(of: type, at: index) else { return nil }
            budget -= 1
            if let found = find(member.type, depth: depth + 1) { return found }
        }
        return nil
    }
}
