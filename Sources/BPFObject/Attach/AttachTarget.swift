// SPDX-License-Identifier: Apache-2.0

/// What a program is attached to, as a value: a function, a tracepoint, samples, or something else.
///
/// It says nothing of any kernel: whether this one has it shows when it is resolved or attached to.
///
///     try links.append(programs.attach("on_read", to: .kprobe("vfs_read")))
///     try AttachTarget(section: "tracepoint/sched/sched_process_exec")
public struct AttachTarget: Sendable {
    /// The target, of the kind that it is of.
    package let value: any AttachKind
    /// What is taken in its place where the kernel does not have it: the first that it has.
    package internal(set) var others: [AttachTarget] = []

    /// Takes a target of any kind.
    package init(_ value: some AttachKind) { self.value = value }

    /// The target that the name of a section means.
    ///
    /// - Parameter section: A name with a target, such as `kprobe/vfs_read`, or one that needs none (`perf_event`).
    /// - Throws: An error that says what is wrong with it, and how such a name is written.
    public init(section: String) throws(AttachTargetError) {
        let convention = SectionConvention(section: section)
        switch convention?.target ?? .nothing {
        case .target(let target): self = target
        case .invalid(let error): throw error
        case .unnamed, .nothing:
            throw AttachTargetError(section: section, pattern: convention?.pattern)
        }
    }

    /// Reads a target of a kind.
    ///
    /// - Parameters:
    ///   - kind: The kind.
    ///   - text: What stands behind the slash.
    ///   - section: One of the kind's patterns.
    init<Kind: AttachKind>(
        _ kind: Kind.Type, named text: Substring, in section: SectionPattern
    ) throws(AttachTargetError) {
        do throws(AttachTargetError.Reason) {
            guard !text.isEmpty else { throw .empty }
            value = try Kind(reading: text, in: section)
        } catch {
            throw AttachTargetError(
                pattern: section.name, text: String(text), reason: error, form: Kind.form(of: section))
        }
    }

    /// The target, and what may be taken in its place, in the order in which they are looked for.
    package var candidates: [AttachTarget] { others.isEmpty ? [self] : [AttachTarget(value)] + others }

    /// What the kernel's BTF must have for programs of this target to be loaded; nil if they are loaded without.
    package var typeInKernel: TypeInKernel? { value.typeInKernel }

    /// Whether it means many functions at once.
    package var isOfMany: Bool { value.isOfMany || others.contains(where: \.isOfMany) }

    /// What happens when a program of this target runs, whatever kind of target it is; nil if only this kind has it.
    package var event: String? { value.event }

    /// Whether the kernel runs the program when somebody reads its link, as those of iterators, and not by itself.
    public var runsWhenRead: Bool { value.runsWhenRead }
}

extension AttachTarget: Equatable {
    /// Whether both are of one kind and the same.
    public static func == (left: AttachTarget, right: AttachTarget) -> Bool {
        left.value.isEqual(to: right.value) && left.others == right.others
    }
}

extension AttachTarget: CustomStringConvertible {
    /// The target as people read it, such as `tracepoint sched/sched_switch`.
    public var description: String { ([value.description] + others.map(\.description)).joined(separator: ", or ") }
}

/// What the name of a section says to attach its program to.
public enum SectionTarget: Sendable, Equatable {
    /// Nothing: programs of this kind are attached by what their users say.
    case nothing
    /// The kind has targets, and the section names none, as `SEC("kprobe")`: whoever attaches the program names it.
    case unnamed
    /// A target.
    case target(AttachTarget)
    /// What stands behind the slash is no target.
    case invalid(AttachTargetError)
}
