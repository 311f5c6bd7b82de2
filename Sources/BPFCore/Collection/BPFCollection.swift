// SPDX-License-Identifier: Apache-2.0

public import BPFObject
public import Diagnostics

/// The programs and maps of an object, loaded into the kernel: the front door of this library.
///
///     var object = try Object(contentsOf: "bootstrap.bpf.o")
///     try object.set("min_duration_ns", to: 1_000_000)
///     var programs = try BPFCollection(object)
///     try programs.attach()
///
/// Everything ends with this value: programs are detached and unloaded, maps are freed, pins that were made are removed.
/// What is to stay is pinned, and ``keepPins()`` keeps the pins that the object itself asks for.
///
/// Corresponds to libbpf's `struct bpf_object` after `bpf_object__load`.
public struct BPFCollection: ~Copyable {
    /// What the user may decide.
    public struct Options: Sendable {
        /// Only these programs; none is all that say what they are by their sections.
        public var programs: [String] = []
        /// Programs that may be left out where this kernel cannot load or attach them.
        public var optionalPrograms: Set<String> = []
        /// Other targets than the sections name, by the programs' names.
        public var targets: [String: [AttachTarget]] = [:]
        /// The only process that is traced, by targets that have processes; nil is all.
        public var process: Int32?
        /// Whether of programs that are alternatives for the same event (`fentry` and `kprobe`) only the best is taken that
        /// this kernel has a place for; programs that are named are taken all.
        public var choosesAlternatives = true
        /// Whether programs on system calls are attached as they are, whatever they read there.
        ///
        /// Otherwise a plain program on `sys_NAME` whose loads of arguments would read the registers of a wrapper gets
        /// copies of the user's, and one that cannot be changed that way is refused.
        public var keepsRawArguments = false
        /// What is wanted of maps, other than the object says.
        public var maps = MapOptions()
        /// The mount point of the bpf file system that pins go to.
        public var bpffs = PinPath.usualMountPoint
        /// Asked before each map and program: true ends the load with an error, and what was made is removed.
        public var isEnding: @Sendable () -> Bool = { false }

        /// Creates the usual options.
        public init() {}
    }

    /// The object that was loaded.
    public let object: Object
    /// Optional programs that are not loaded or not attached, with the reason.
    public var omissions: [LoadPlan.Omission] { placed.omissions }
    /// What the user should know of it: warnings and fallbacks, each once.
    public var notes: [Diagnostic] { placed.notes }
    /// Programs that are not loaded, since others do the same for the same event.
    public var alternatives: [CollectionPlan.Alternative] { placed.alternatives }
    /// Where the programs go.
    private var placed: PlacedPrograms
    /// The structures of functions, with the indices of their maps.
    let structures: [(map: Int, layout: StructureLayout)]
    private var loaded: LoadedObject
    /// What ``attach()`` attached, in its order.
    public private(set) var links = LinkList()
    private var attachedNames: Set<String> = []
    private let attachOptions: AttachOptions

    /// Creates the maps and loads the programs of an object; nothing is attached yet.
    ///
    /// - Parameters:
    ///   - object: The object, with its variables set.
    ///   - options: What the user may decide.
    ///   - kernel: The kernel that is asked for its types and symbols; several loads may share it.
    /// - Throws: ``BPFError``; whatever was made is gone again.
    public init(
        _ object: Object, options: Options = Options(), on kernel: Kernel = Kernel()
    ) throws(BPFError) {
        let choices: [ProgramChoice]
        do throws(ObjectError) {
            choices = try object.choices(
                named: options.programs, optional: options.optionalPrograms, targets: options.targets)
        } catch {
            throw error.asBPFError
        }
        var planOptions = CollectionPlan.Options()
        planOptions.maps = options.maps
        planOptions.process = options.process
        // Who names programs wants those.
        planOptions.choosesAlternatives = options.choosesAlternatives && options.programs.isEmpty
        planOptions.keepsRawArguments = options.keepsRawArguments
        let plan = try CollectionPlan(object, choices, options: planOptions, on: kernel)
        try self.init(plan, bpffs: options.bpffs, isEnding: options.isEnding)
    }

    /// Carries out a plan.
    ///
    /// - Parameters:
    ///   - plan: The plan.
    ///   - bpffs: The mount point of the bpf file system that pins go to.
    ///   - isEnding: Asked before each map and program: true ends the load with an error.
    package init(
        _ plan: CollectionPlan, bpffs: String = PinPath.usualMountPoint,
        isEnding: @escaping @Sendable () -> Bool = { false }
    ) throws(BPFError) {
        object = plan.object
        structures = plan.plan.steps.compactMap { step in
            guard case .map(let map) = step, let layout = map.structure else { return nil }
            return (map.map, layout)
        }
        var options = Loader.Options(kernelVersion: KernelVersion.running())
        options.mountPoint = bpffs
        options.isEnding = isEnding
        var placed = PlacedPrograms(plan, options)
        options.replaceable = placed.replaceable
        var made = try Loader(plan.plan, of: plan.object, options: options).load()
        placed.omissions += made.omissions
        for note in made.notes { placed.note(note) }
        for refusal in made.refusals { try placed.replace(refusal.program, refused: refusal.error, in: &made) }
        var attachOptions = AttachOptions()
        attachOptions.process = plan.process
        attachOptions.maps = made.maps.open
        attachOptions.tracepointSpecs = try TracepointSpecs(plan.object, made.maps)
        self.attachOptions = attachOptions
        loaded = made
        self.placed = placed
    }

    /// The maps that were made or found.
    public var maps: MapList { _read { yield loaded.maps } }

    /// The programs that were loaded.
    public var programs: ProgramList { _read { yield loaded.programs } }

    /// A map, by its name in the object; it lives on its own.
    ///
    /// - Throws: ``BPFError`` that lists the maps if none of that name was created.
    public func map(_ name: String) throws(BPFError) -> Map { try loaded.maps.handle(named: name) }

    /// A loaded program, by the name of its function; it lives on its own.
    ///
    /// - Throws: ``BPFError`` that lists the programs if none of that name is loaded.
    public func program(_ name: String) throws(BPFError) -> Program {
        try loaded.programs.handle(named: name)
    }

    // MARK: - Attaching

    /// Attaches every program to what its section names, or to the targets of the options.
    ///
    /// An optional program whose target is missing, or which the kernel does not attach, is left out: see ``omissions``.
    ///
    /// - Throws: ``BPFError``; programs that were attached until then stay attached until this value ends.
    public mutating func attach() throws(BPFError) {
        // What may forbid bpf(2) to this process, too, comes last, when that has nothing left to attach.
        for mayForbid in [false, true] {
            var index = 0
            // One that takes the place of another comes to the end of the list.
            while index < loaded.programs.count {
                let definition = loaded.programs.definitions[index]
                if let placement = placed.placement(of: definition), placement.mayForbid == mayForbid {
                    try attach(definition, at: index, to: placement)
                }
                index += 1
            }
            // After the programs that are to see their calls.
            if !mayForbid { try registerStructures() }
        }
        placed.end()
    }

    private mutating func attach(
        _ definition: ProgramDefinition, at index: Int, to placement: CollectionPlan.Placement
    ) throws(BPFError) {
        for target in placement.targets {
            do throws(BPFError) {
                let link = try Link.attach(
                    program: loaded.programs.descriptor(at: index), to: target, options: attachOptions)
                // What holds for several places is told once.
                for note in link.notes { placed.note(note) }
                links.append(link, of: definition.name)
                attachedNames.insert(definition.name)
            } catch {
                let error = error.placed(definition)
                if error.isOfProgramAlone, !placement.spares.isEmpty, !attachedNames.contains(definition.name) {
                    return try placed.replace(definition, refused: error, in: &loaded)
                }
                guard placement.isOptional && (error.isTargetMissing || error.operation == .attachProbe) else {
                    throw error
                }
                placed.omissions.append(LoadPlan.Omission(definition, because: error.explained().diagnostic))
            }
        }
    }

    /// Registers the structures of functions that programs are in.
    private mutating func registerStructures() throws(BPFError) {
        guard !structures.isEmpty else { return }
        var descriptors: [String: Int32] = [:]
        for place in 0..<loaded.programs.count {
            descriptors[loaded.programs.definitions[place].name] = loaded.programs.descriptor(at: place)
        }
        for (index, structure) in structures {
            guard let map = try map(at: index) else { continue }
            let variable = object.maps[index].name
            let lost = structure.functions.first { descriptors[$0.program] == nil }
            if let lost, omissions.contains(where: { $0.program.name == lost.program }) {
                var note = Diagnostic(
                    .structOpsIncomplete, .warning, stage: .attach, "the structure \(variable) is not registered",
                    cause: "its program \(lost.program) is not loaded")
                note.map = variable
                placed.note(note)
                continue
            }
            do throws(BPFError) {
                let link = try structure.register(
                    map, variable, programs: descriptors, roots: attachOptions.roots)
                for note in link.notes { placed.note(note) }
                links.append(link, of: variable)
                attachedNames.formUnion(structure.functions.map(\.program))
            } catch {
                var error = error
                error.diagnostic.map = variable
                error.diagnostic.section = object.maps[index].section
                let programs = structure.functions.compactMap { placed.placement(of: $0.program) }
                // Without all of its programs there is nothing of it to do without.
                guard programs.count == structure.functions.count, programs.allSatisfy(\.isOptional) else {
                    throw error
                }
                leave(programs.map(\.program), because: error.explained().diagnostic)
            }
        }
    }

    /// Goes on without a structure: those of its programs that are in no other one are left out.
    private mutating func leave(_ programs: [ProgramDefinition], because reason: Diagnostic) {
        var told = attachedNames.union(omissions.map(\.program.name))
        let left = programs.filter { told.insert($0.name).inserted }
        placed.omissions += left.map { LoadPlan.Omission($0, because: reason) }
        guard left.isEmpty else { return }
        var note = reason
        note.severity = .warning
        placed.note(note)
    }

    /// Attaches one program to a target, or to what its section names.
    ///
    /// - Parameters:
    ///   - name: The program.
    ///   - target: Where it goes; nil is what its section names.
    /// - Returns: The link, whose end takes the program off.
    public func attach(_ name: String, to target: AttachTarget? = nil) throws(BPFError) -> Link {
        guard let index = loaded.programs.index(of: name) else { throw loaded.programs.missing(name) }
        let definition = loaded.programs.definitions[index]
        do throws(BPFError) {
            let place: AttachTarget
            if let target { place = target } else { place = try definition.ownTarget }
            let loadedFor = try check(definition, isLoadedFor: place)
            if let wrapper = try wrapper(for: definition, place) {
                return try Link.attach(
                    program: loaded.programs.descriptor(at: index), to: wrapper, options: attachOptions)
            }
            return try Link.attach(
                program: loaded.programs.descriptor(at: index), to: loadedFor ?? place, options: attachOptions)
        } catch {
            throw error.placed(definition)
        }
    }

    /// The wrapper that a program goes to which was loaded to read arguments there; nil for every other program.
    private func wrapper(
        for program: ProgramDefinition, _ target: AttachTarget
    ) throws(BPFError) -> ResolvedTarget? {
        guard program.rewriting != nil else { return nil }
        var resolver = TargetResolver(roots: attachOptions.roots)
        if let kprobe = target.value as? Kprobe {
            let found = try resolver.resolve(kprobe.function)
            if let wrapper = resolver.wrapper(of: kprobe.function, insteadOf: found) {
                return ResolvedTarget(kprobe, probe: wrapper)
            }
        }
        throw BPFError(
            .attachProbe, .targetConflict, "cannot attach the program to \(target)",
            cause: "it was loaded to read the arguments of system calls behind their wrappers",
            nextStep: "name all of its targets before it is loaded, in the targets of the options")
    }

    /// A program with a target in BTF is attached to that one only, and the kernel would take no notice of another.
    ///
    /// - Returns: The target that it was loaded for, if it has one in BTF.
    private func check(
        _ program: ProgramDefinition, isLoadedFor target: AttachTarget
    ) throws(BPFError) -> AttachTarget? {
        guard target.typeInKernel != nil else { return nil }
        var loadedFor = try placed.placement(of: program.name)?.targetOfLoad
        if loadedFor == nil, case .target(let own) = program.convention?.target { loadedFor = own }
        guard let loadedFor else { return nil }
        if loadedFor == target { return target }
        guard target.candidates.contains(loadedFor) else {
            throw BPFError(
                .attachProbe, .targetConflict, "cannot attach the program to \(target)",
                cause: "it was loaded for \(loadedFor)",
                nextStep: "name its target before it is loaded, in the targets of the options")
        }
        return loadedFor
    }

    /// Detaches what ``attach()`` attached, the last first.
    ///
    /// - Returns: Hits of probes that the kernel did not turn into runs; nil where it does not count them.
    /// - Throws: What the kernel said to the first that could not be detached; the others end with this value.
    @discardableResult
    public mutating func detach() throws(BPFError) -> UInt64? {
        var missed: UInt64?
        while let link = links.popLast() {
            if let count = link.missed() { missed = (missed ?? 0) &+ count }
            try link.detach()
        }
        return missed
    }

    /// The loaded programs that are attached nowhere: not those of ``omissions``, nor those that others call through a
    /// program array.
    public var unattached: [ProgramDefinition] {
        let known = object.tailCalls.union(attachedNames).union(omissions.map(\.program.name))
            .union(alternatives.map(\.program.name))
        return loaded.programs.definitions.filter { !known.contains($0.name) }
    }

    /// Whether programs are attached CPU by CPU, so that ``followCPUs()`` has something to do.
    public var followsCPUs: Bool { links.followsCPUs }

    /// Attaches programs on CPUs that have come online since, and lets go of those that went offline.
    ///
    /// Samples of CPUs (`perf_event`) need it; for all other programs it does nothing. To be called now and then while the
    /// programs run, as once a second: the kernel does not tell.
    ///
    /// - Returns: What the user should know: CPUs that came and went, those on which a program does not run, and, once,
    ///   that the list of CPUs cannot be read.
    public mutating func followCPUs() -> [Diagnostic] { links.followCPUs() }

    // MARK: - Pins

    /// Pins all programs in a directory of a bpf file system, each under its function's name.
    ///
    /// - Returns: The paths of the pins, which go with this value unless ``keepPins()`` is called.
    public mutating func pinPrograms(in directory: String) throws(BPFError) -> [String] {
        try loaded.pinPrograms(in: directory)
    }

    /// Pins all links of ``attach()`` in a directory of their own, so that the programs stay attached when this value and
    /// this process have ended: all of them, or none.
    ///
    /// ``PinnedLinks/stop(in:)`` ends them.
    ///
    /// - Parameter directory: A path of a bpf file system at which nothing is, or an empty directory.
    /// - Returns: The paths of the pins, in the order of ``links``.
    /// - Throws: ``BPFError``: the directory cannot be used, or a program is attached without a `bpf_link` (perf events
    ///   before Linux 5.15, probes of tracefs, filters of tc), and the cause says which.
    public mutating func pinLinks(in directory: String) throws(BPFError) -> [String] {
        let paths = try PinnedLinks.pin(links, in: directory)
        links.note(pins: paths)
        return paths
    }

    func map(at index: Int) throws(BPFError) -> Map? { try loaded.maps.handle(at: index) }

    /// The one value of a map made of data, by the map's index in the object; nil if that map was not created.
    package func value(ofMap index: Int) throws(BPFError) -> [UInt8]? { try loaded.maps.value(ofMap: index) }

    /// Lets the pins that were made outlive this value; until then they go with it.
    public mutating func keepPins() { loaded.keepPins() }
}
