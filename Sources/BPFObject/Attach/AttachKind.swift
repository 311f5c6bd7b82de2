// SPDX-License-Identifier: Apache-2.0

/// A kind of programs, by the names of their sections.
///
/// Each kind has a file in Kinds/ and a line in ``SectionKinds``, and nothing else in this module knows it.
package protocol SectionKind: Sendable {
    /// The section names that the kind has, which no other has.
    static var sections: [SectionPattern] { get }

    /// What else programs of all these sections are called in a target that is given for one, as `cgroup` in
    /// `cgroup:/sys/fs/cgroup/a`; the section says which of them.
    static var families: [String] { get }

    /// Whether its targets are names of the kernel, in which no `|` is; it stands between several, of which the first is
    /// taken that the kernel has.
    static var namesAreSymbols: Bool { get }

    /// What a section, or a command line in its place, names to attach to.
    ///
    /// - Parameters:
    ///   - text: What stands behind the slash; nil is no slash.
    ///   - section: The pattern, one of ``sections``.
    static func target(named text: Substring?, in section: SectionPattern) -> SectionTarget

    /// The same of a text that is given for a program in place of what its section says.
    static func target(given text: Substring?, in section: SectionPattern) -> SectionTarget

    /// By what other means programs of a section are attached; nil if they are attached here.
    ///
    /// - Parameters:
    ///   - section: The pattern, one of ``sections``.
    ///   - pin: Where the program is going to be pinned, for commands that take a pin.
    static func otherMeans(for section: SectionPattern, pin: String) -> OtherMeans?
}

extension SectionKind {
    /// Only the names of the sections.
    package static var families: [String] { [] }

    /// Paths and devices may have any names.
    package static var namesAreSymbols: Bool { false }

    /// What is given means what a section would.
    package static func target(given text: Substring?, in section: SectionPattern) -> SectionTarget {
        candidates(named: text, in: section)
    }

    /// No name in the section is a target.
    package static func target(named text: Substring?, in section: SectionPattern) -> SectionTarget { .nothing }
}

/// A kind of programs with a target: the pure half of a way to attach.
///
/// A value is one target. The other half, which finds it in a kernel and attaches programs to it, is in BPFCore/Links.
package protocol AttachKind: SectionKind, Equatable, CustomStringConvertible {
    /// Reads what stands behind the slash of a section's name, or was given in its place.
    ///
    /// - Parameters:
    ///   - text: Not empty.
    ///   - section: The pattern, one of ``sections``.
    init(reading text: Substring, in section: SectionPattern) throws(AttachTargetError.Reason)

    /// How a section of that pattern is written, for one that is not: `SEC("fentry/NAME"), such as …`.
    static func form(of section: SectionPattern) -> String

    /// The target as people read it, such as `tracepoint sched/sched_switch`.
    var description: String { get }

    /// What the kernel's BTF must have for programs of this target to be loaded; nil if they are loaded without.
    var typeInKernel: TypeInKernel? { get }

    /// What happens when a program of this target runs, whatever kind of target it is; nil if only this kind has it.
    var event: String? { get }

    /// Whether the kernel runs the program when somebody reads its link, and not by itself.
    var runsWhenRead: Bool { get }

    /// Whether it means many functions at once.
    var isOfMany: Bool { get }

    /// Whose events programs of this target see.
    var processes: TracedProcesses { get }

    /// Whether a program there may forbid its own loader what that does next, such as bpf(2).
    var mayForbid: Bool { get }

    /// The function of which the context of its programs has the arguments, and how; nil if it has none.
    var contextArguments: ContextArguments? { get }

    /// What the name of a section says otherwise than this target, as in `tc/egress:eth0:ingress`; nil if nothing.
    func contradiction(to section: SectionPattern) -> String?
}

/// Whose events the programs of a target see.
package enum TracedProcesses: Sendable, Equatable {
    /// Those of all processes, or of none.
    case all
    /// Those of one process, if one is chosen, and of all otherwise.
    case choice
    /// Those of a process, or a thread, that the target names.
    case named(Int32)
}

extension AttachKind {
    /// Most contexts are structures of their own.
    package var contextArguments: ContextArguments? { nil }

    /// Most names of sections say nothing that is repeated behind them.
    package func contradiction(to section: SectionPattern) -> String? { nil }

    /// Reads the text, which must be there.
    package static func target(named text: Substring?, in section: SectionPattern) -> SectionTarget {
        read(text, in: section)
    }

    /// Reads the text of a section as a target of this kind.
    static func read(_ text: Substring?, in section: SectionPattern) -> SectionTarget {
        guard let text else { return .unnamed }
        do throws(AttachTargetError) {
            return .target(try AttachTarget(Self.self, named: text, in: section))
        } catch {
            return .invalid(error)
        }
    }

    /// Programs of this kind are attached here.
    package static func otherMeans(for section: SectionPattern, pin: String) -> OtherMeans? { nil }

    /// Programs of this kind are loaded without a type.
    package var typeInKernel: TypeInKernel? { nil }

    /// No other kind has the same event.
    package var event: String? { nil }

    /// The kernel runs programs of this kind by itself.
    package var runsWhenRead: Bool { false }

    /// A target is one place.
    package var isOfMany: Bool { false }

    /// Programs of the kernel see what all processes do.
    package var processes: TracedProcesses { .all }

    /// A program sees, or decides on packets and the like.
    package var mayForbid: Bool { false }

    /// Whether another target is the same.
    func isEqual(to other: any AttachKind) -> Bool { (other as? Self) == self }
}

/// The type in the kernel's BTF whose id a program is loaded with (`attach_btf_id`).
package struct TypeInKernel: Sendable, Equatable {
    /// Its name there, such as `bpf_lsm_file_open`.
    package var name: String
    /// The module whose BTF has it; nil is wherever it is.
    package var module: String?
    /// Whether it is a typedef (`BTF_KIND_TYPEDEF`); otherwise it is a function (`BTF_KIND_FUNC`).
    package var isTypedef = false
    /// Under which names other kernels have the same.
    package var otherNames: [String] = []
    /// The loaded program whose own BTF has it; nil is the kernel.
    ///
    /// An empty name is the program itself.
    package var program: ProgramFunction?
}

/// By what other means programs are attached that are not attached here.
package enum OtherMeans: Sendable, Equatable {
    /// Nothing that is known: the program's own tools do it.
    case unknown
    /// No command does it: for what reason.
    case notAlone(String)
    /// A command that takes the pin of the program.
    case pinned(command: String)
}
