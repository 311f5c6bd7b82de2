// SPDX-License-Identifier: Apache-2.0

import BTF
import BPFObject

/// What carrying out a plan sends to bpf(2), in the words of Tests/Fixtures/sent/record.c.
struct SentFacts {
    private(set) var lines: [String] = []

    private let plan: LoadPlan
    private let object: Object
    private let kernelVersion: UInt32
    private var names: [Int: String] = [:]
    private var saidTypes = false

    init(_ plan: LoadPlan, of object: Object, kernelVersion: UInt32) throws {
        self.plan = plan
        self.object = object
        self.kernelVersion = kernelVersion
        for step in plan.steps {
            switch step {
            case .map(let map):
                names[map.map] = map.name.text
                if let template = map.template { try add(template, inner: nil) }
                try add(map, inner: map.template?.name.text ?? map.innerTemplate.flatMap { names[$0] })
                fill(map)
            case .insertInner(let outer, let key, let inner):
                lines.append("slot \(name(outer)) \(key) map \(name(inner))")
            case .insertProgram(let map, let key, let function):
                lines.append("slot \(name(map)) \(key) program \(function)")
            case .load(let step): try add(step, plan.programs[step.program])
            }
        }
    }

    private func name(_ map: Int) -> String { names[map] ?? "?" }

    /// The types are told of once, with the first that refers to them.
    private mutating func addTypes() throws {
        guard let types = plan.types, !saidTypes else { return }
        saidTypes = true
        let bytes = try types.bytes(for: BTFFeatures(BTFFeature.allCases))
        lines.append("types size=\(bytes.count) hash=\(Self.hash(bytes))")
    }

    private mutating func add(_ map: LoadPlan.MapStep, inner: String?) throws {
        let hasTypes = map.keyTypeID != 0 || map.valueTypeID != 0
        if hasTypes { try addTypes() }
        // BPF_F_MMAPABLE
        let flags = map.flags | (map.content?.isMappable == true ? 1 << 10 : 0)
        var line =
            "map \(map.name) type=\(map.type.rawValue) key=\(map.keySize) value=\(map.valueSize) "
            + "entries=\(map.maxEntries) flags=0x\(String(flags, radix: 16))"
        if map.numaNode != 0 { line += " numa=\(map.numaNode)" }
        if map.mapExtra != 0 { line += " extra=\(map.mapExtra)" }
        if hasTypes { line += " types=\(map.keyTypeID),\(map.valueTypeID)" }
        if let inner { line += " inner=\(inner)" }
        lines.append(line)
    }

    private mutating func fill(_ map: LoadPlan.MapStep) {
        guard let content = map.content else { return }
        if content.bytes.contains(where: { $0 != 0 }) {
            let value = content.bytes.count <= 64 ? Self.hex(content.bytes) : "hash=" + Self.hash(content.bytes)
            lines.append("data \(map.name) size=\(content.bytes.count) \(value)")
        }
        if content.isReadOnly { lines.append("frozen \(map.name)") }
    }

    private mutating func add(_ step: LoadPlan.ProgramStep, _ program: LinkedProgram) throws {
        if plan.types != nil { try addTypes() }
        var line =
            "program \(step.name) type=\(step.type.rawValue) attach=\(step.attachType?.rawValue ?? 0) "
            + "flags=0x\(String(step.flags, radix: 16)) license=\"\(step.license)\" "
            + "version=0x\(String(step.kernelVersion ?? kernelVersion, radix: 16))"
        if let point = step.attachPoint { line += " point=\(point.id)" }
        let (functions, sources) = (program.functionInfo, program.lineInfo)
        line += " func_info=\(functions?.count ?? 0)*\(functions?.recordSize ?? 0)"
        line += " line_info=\(sources?.count ?? 0)*\(sources?.recordSize ?? 0)"
        lines.append(line)
        try addInstructions(of: program)
        addRecords("func", functions)
        addRecords("line", sources)
    }

    private mutating func addInstructions(of program: LinkedProgram) throws {
        // Each map's descriptor is its index.
        let code = try program.instructions(mapDescriptors: object.maps.indices.map { Int32($0) })
        var isSecondHalf = false
        for (index, instruction) in code.enumerated() {
            let bytes = instruction.encoded(byteOrder: .little)
            let source = instruction.source
            let isWide = !isSecondHalf && instruction.isWideLoad
            if isWide, source == Instruction.pseudoMapDescriptor || source == Instruction.pseudoMapValue {
                lines.append("  \(index) \(Self.hex(bytes.prefix(4))) map \(name(Int(instruction.immediate)))")
            } else {
                let isKernelCall =
                    !isSecondHalf && instruction.code == Instruction.callCode
                    && source == Instruction.pseudoKernelCall
                lines.append("  \(index) \(Self.hex(bytes))" + (isKernelCall ? " kfunc" : ""))
            }
            isSecondHalf = isWide
        }
    }

    private mutating func addRecords(_ word: String, _ records: LinkedProgram.Records?) {
        guard let records, records.recordSize > 0 else { return }
        for start in stride(from: 0, to: records.bytes.count, by: records.recordSize) {
            lines.append("  \(word) \(Self.hex(records.bytes[start...].prefix(records.recordSize)))")
        }
    }

    private static func hex(_ bytes: some Sequence<UInt8>) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// FNV-1a of 64 bits.
    private static func hash(_ bytes: [UInt8]) -> String {
        let value = bytes.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
