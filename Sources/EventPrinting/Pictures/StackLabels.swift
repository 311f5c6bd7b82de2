// SPDX-License-Identifier: Apache-2.0

internal import BTF
internal import EventDecoding
internal import Pictures

/// What the stack of an event or element is to pictures.
enum StackReading {
    /// Its frames, the outermost first.
    case frames([PictureFrame])
    /// There is none: the thread was not in the kernel, or has no user space.
    case nothing
    /// It is the stack of this number, which no map of stacks had until now, of a process as it is now.
    case number(UInt32, StackOwner)
    /// The kernel had no room for it, or its number is another stack's.
    case unknown
}

/// The process that a stack is of, and which of its codes were in its memory then.
struct StackOwner: Hashable {
    var process: UInt32?
    var generation = 0

    /// A process as the stream has told of it until now.
    init(_ process: UInt32?, _ environment: FormatEnvironment) {
        self.process = process
        generation = (environment.frames as? FrameSource)?.processes.generation(of: process) ?? 0
    }
}

/// Makes frames of the stacks of events and elements: the one place where addresses become labels of pictures.
struct StackLabels {
    private struct Known: Hashable {
        /// Nil for stacks of the kernel alone.
        let owner: StackOwner?
        let addresses: [UInt64]
    }

    /// The labels of stacks that do not change any more, so that each is looked up once.
    private var known: [Known: [PictureFrame]] = [:]
    /// About the bytes that these take: an address has up to 25 labels, and each a text of its own.
    private(set) var knownBytes = 0

    private static let limit = 64 << 20
    private static let depthLimit = StackCounts.depthLimit + 1
    /// What the kernel answers where there is no stack (`EFAULT`), and what programs write that do not ask for one.
    private static let noStack: Set<Int128> = [-14, -1]

    /// Reads the stack of an event or element.
    mutating func read(
        _ stack: PictureBinding.Stack, of event: RawSpan, _ context: borrowing EventContext,
        _ binding: PictureBinding
    ) -> StackReading {
        let process = binding.stackPlan.process(of: event, context)
        guard stack.isNumber else {
            if stack.hasBuildIDs {
                guard let range = range(stack, of: event, binding) else { return .nothing }
                let frames = frames(event.extracting(range), of: process, binding.environment)
                return frames.isEmpty ? .nothing : .frames(frames)
            }
            if let member = stack.member {
                let addresses = binding.stackPlan.addresses(member, of: event, binding.environment) ?? []
                return addresses.isEmpty ? .nothing : .frames(frames(addresses, of: process, binding.environment))
            }
            guard case .bytes(let range) = stack.field.value(in: event) else { return .nothing }
            let addresses = binding.environment.addresses(event.extracting(range))
            return addresses.isEmpty ? .nothing : .frames(frames(addresses, of: process, binding.environment))
        }
        guard case .integer(let value) = stack.field.value(in: event) else { return .nothing }
        // Programs often keep a negative result in an unsigned field.
        let bits = Int128(stack.field.bits)
        let number = value >= (1 as Int128) << (bits - 1) ? value - (1 as Int128) << bits : value
        if Self.noStack.contains(number) { return .nothing }
        guard number >= 0, let id = UInt32(exactly: number) else { return .unknown }
        let owner = StackOwner(process, binding.environment)
        return frames(ofStack: id, owner, binding.environment).map { .frames($0) } ?? .number(id, owner)
    }

    /// The frames of a stack by its number; nil if no map of stacks has it until now.
    mutating func frames(
        ofStack id: UInt32, _ owner: StackOwner, _ environment: FormatEnvironment
    ) -> [PictureFrame]? {
        switch environment.stacks?.stack(id) {
        case nil: nil
        case .addresses(let addresses): frames(addresses, owner, environment)
        case .buildIDs(let bytes): unsafe frames(bytes.span.bytes, of: owner.process, environment)
        }
    }

    /// Where an event has the places of a stack by build ids.
    private func range(
        _ stack: PictureBinding.Stack, of event: RawSpan, _ binding: PictureBinding
    ) -> Range<Int>? {
        if let member = stack.member { return binding.stackPlan.range(member, of: event) }
        guard case .bytes(let range) = stack.field.value(in: event) else { return nil }
        return range
    }

    /// The frames of a stack by build ids, the outermost first.
    ///
    /// What they mean does not depend on the process, whose files may be found later: nothing is kept.
    private func frames(
        _ places: RawSpan, of process: UInt32?, _ environment: FormatEnvironment
    ) -> [PictureFrame] {
        environment.stackFrames(buildIDs: places, process: process, limit: Self.depthLimit).reversed().map(Self.label)
    }

    /// Forgets what addresses mean: another capture begins.
    mutating func removeAll() { (known, knownBytes) = ([:], 0) }

    private mutating func frames(
        _ addresses: [UInt64], of process: UInt32?, _ environment: FormatEnvironment
    ) -> [PictureFrame] {
        frames(addresses, StackOwner(process, environment), environment)
    }

    private mutating func frames(
        _ addresses: [UInt64], _ owner: StackOwner, _ environment: FormatEnvironment
    ) -> [PictureFrame] {
        // The outermost ones, which come last; one more than a picture keeps, so that it says that the stack is cut.
        let addresses = addresses.count > Self.depthLimit ? Array(addresses.suffix(Self.depthLimit)) : addresses
        let isOfKernel = addresses.allSatisfy(StackFrame.isKernel)
        let key = Known(owner: isOfKernel ? nil : owner, addresses: addresses)
        if let frames = known[key] { return frames }
        var source = environment.frames as? FrameSource
        source?.generation = owner.generation
        let found =
            source?.frames(of: addresses, process: owner.process)
            ?? environment.stackFrames(of: addresses, process: owner.process)
        let frames = found.reversed().map(Self.label)
        // Processes that live load code and become others, and modules of the kernel come.
        let isLive = source?.processes.isLive ?? false
        guard !isLive || isOfKernel && found.allSatisfy({ $0.name != nil }) else { return frames }
        let bytes = frames.reduce(128 + addresses.count * 8) { $0 + 32 + $1.name.utf8.count }
        if knownBytes + bytes > Self.limit { removeAll() }
        known[key] = frames
        knownBytes += bytes
        return frames
    }

    /// A function is one frame wherever it was in it, of each line one if lines are asked for; where none is known, the
    /// place in the file is.
    private static func label(_ frame: StackFrame) -> PictureFrame {
        PictureFrame(
            frame.name.map { $0 + (frame.placeText ?? "") } ?? frame.description,
            frame.isKernel ? .kernel : frame.isInlined ? .inlined : .user)
    }
}
