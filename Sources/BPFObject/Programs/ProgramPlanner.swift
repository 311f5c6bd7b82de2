// SPDX-License-Identifier: Apache-2.0

internal import Diagnostics

/// Links the programs that are wanted and decides how each is loaded.
struct ProgramPlanner {
    private let object: Object
    private let kernel: any KernelEnvironment
    private let options: LoadPlan.Options
    private let structures: StructurePlan
    private var linker: ProgramLinker

    private(set) var linked: [LinkedProgram] = []
    private(set) var steps: [LoadPlan.ProgramStep] = []
    private(set) var omissions: [LoadPlan.Omission] = []
    private(set) var warnings: [Diagnostic] = []

    /// `BPF_F_SLEEPABLE`.
    static let sleepable: UInt32 = 1 << 4
    /// `BPF_F_XDP_HAS_FRAGS`.
    static let fragments: UInt32 = 1 << 5

    init(
        object: Object, kernel: any KernelEnvironment, structures: StructurePlan, options: LoadPlan.Options
    ) {
        self.object = object
        self.structures = structures
        self.kernel = kernel
        self.options = options
        let map = object.maps.firstIndex { $0.origin == .configuration }
        let configuration = map.flatMap { map in object.configuration.map { (map: map, section: $0) } }
        let resolver = ExternResolver(kernel: kernel, configuration: configuration, types: object.typeInfo.types)
        let relocator = FunctionRelocator(object.typeInfo, targets: kernel)
        linker = ProgramLinker(
            functions: object.functions, externs: object.externTable, typeInfo: object.typeInfo,
            relocate: { (function) throws(ObjectError) in try relocator.relocate(function) },
            resolve: { (symbol) throws(ObjectError) in try resolver.resolve(symbol) })
    }

    mutating func plan(_ programs: [ProgramDefinition]) throws(ObjectError) {
        for program in programs {
            if let reason = structures.left[program.name] {
                omissions.append(LoadPlan.Omission(program, because: reason))
                continue
            }
            let convention = program.convention
            let isOptional =
                options.optionalPrograms.contains(program.name)
                || (convention?.isOptional == true && !options.neededPrograms.contains(program.name))
            do throws(ObjectError) {
                if convention?.type == .structOps, structures.uses[program.name] == nil {
                    throw structures.failure(of: program)
                }
                let code = try linker.link(program)
                steps.append(try step(code, convention, isOptional: isOptional))
                linked.append(code)
            } catch {
                guard isOptional else { throw error }
                omissions.append(LoadPlan.Omission(program, because: error.diagnostic))
            }
        }
        if object.license == nil, !steps.isEmpty {
            warnings.append(
                Diagnostic(
                    .licenseAssumed, .warning, stage: .program,
                    "the object has no license, and is loaded as \(options.assumedLicense)",
                    nextStep: "write char _license[] __attribute__((section(\"license\"), used)) = \"GPL\";"))
        }
    }

    private mutating func step(
        _ code: LinkedProgram, _ convention: SectionConvention?, isOptional: Bool
    ) throws(ObjectError) -> LoadPlan.ProgramStep {
        let program = code.definition
        var flags: UInt32 = 0
        if convention?.isSleepable == true { flags |= Self.sleepable }
        if convention?.usesXDPFrags == true { flags |= Self.fragments }
        let use = structures.uses[program.name]
        var point = use?.object
        if use == nil { point = try attachPoint(of: program, convention) }
        return LoadPlan.ProgramStep(
            program: linked.count, name: program.kernelName, section: program.section,
            instructionCount: code.instructions.count, type: convention?.type ?? .kprobe,
            attachType: options.attachTypes[program.name] ?? convention?.expectedAttachType,
            attachTypeIsOptional: convention?.attachTypeIsOptional ?? false, flags: flags,
            attachPoint: point, member: use?.member, license: object.license ?? options.assumedLicense,
            kernelVersion: object.kernelVersion, isOptional: isOptional)
    }

    /// What the program is made for, where the verifier wants to know it.
    private mutating func attachPoint(
        of program: ProgramDefinition, _ convention: SectionConvention?
    ) throws(ObjectError) -> KernelObject? {
        guard let convention, convention.needsAttachBTF else { return nil }
        do throws(ObjectError) {
            var named = convention.target
            if let chosen = options.targets[program.name] { named = .target(chosen) }
            if case .invalid(let error) = named { throw ObjectError(.environment(error.diagnostic)) }
            guard case .target(let target) = named else { throw ObjectError(.noAttachTarget(convention.pattern)) }
            for candidate in target.candidates {
                if let found = try find(candidate, convention) { return found }
            }
            throw ObjectError(.missingAttachTarget(target))
        } catch {
            var error = error
            error.section = program.section
            error.program = program.name
            throw error
        }
    }

    /// What the kernel's BTF has for a target; nil if it has nothing.
    private mutating func find(
        _ target: AttachTarget, _ convention: SectionConvention
    ) throws(ObjectError) -> KernelObject? {
        guard let type = target.typeInKernel else { throw ObjectError(.noAttachTarget(convention.pattern)) }
        do throws(EnvironmentError) {
            if let found = try kernel.find(type, named: type.name) { return found }
            for other in type.otherNames {
                guard let found = try kernel.find(type, named: other) else { continue }
                warnings.append(
                    Diagnostic(
                        .functionRenamed, .note, stage: .resolve, "this kernel has \(type.name) as \(other)"))
                return found
            }
            return nil
        } catch {
            throw ObjectError(.environment(error.diagnostic))
        }
    }
}
