// SPDX-License-Identifier: Apache-2.0

/// A function of the kernel by BTF, with typed arguments (Linux 5.5): `fentry/vfs_read`, `fexit/MODULE:NAME`.
package struct TracedFunction: AttachKind {
    /// When the program runs.
    package enum Moment: String, Sendable, CaseIterable {
        /// At the entry.
        case entry = "fentry"
        /// At the return, with the arguments.
        case exit = "fexit"
        /// At the entry; what it returns may stand in for the function (Linux 5.7).
        case modifyReturn = "fmod_ret"
        /// At the entry and at the return (Linux 7.0).
        case session = "fsession"

        /// The `expected_attach_type` of its programs.
        package var attachType: AttachType {
            switch self {
            case .entry: .traceFentry
            case .exit: .traceFexit
            case .modifyReturn: .modifyReturn
            case .session: .traceFsession
            }
        }
    }

    /// When the program runs.
    package let moment: Moment
    /// The module that has the function; nil is wherever it is.
    package let module: String?
    /// The name of the function.
    package let name: String
    /// The loaded program that has it; nil is the kernel.
    package let program: ProgramFunction?

    package static let sections = Moment.allCases.flatMap { moment in
        [
            SectionPattern("\(moment.rawValue)+", .tracing, moment.attachType, [.attachBTF]),
            SectionPattern("\(moment.rawValue).s+", .tracing, moment.attachType, [.attachBTF, .sleepable]),
        ]
    }
    package static let namesAreSymbols = true

    package init(reading text: Substring, in section: SectionPattern) throws(AttachTargetError.Reason) {
        moment = Moment.allCases.first { $0.attachType == section.attachType } ?? .entry
        program = try ProgramFunction(reading: text)
        if let program {
            guard moment != .modifyReturn else {
                throw .form("only functions of the kernel have their returns changed")
            }
            (module, name) = (nil, program.function ?? "")
        } else {
            (module, name) = try text.attachWholeFunction()
        }
    }

    package static func form(of section: SectionPattern) -> String {
        "SEC(\"\(section.base)/[MODULE:]NAME\"), such as \(section.base)/vfs_read"
    }

    /// The function as `[MODULE:]NAME`, or of a program.
    package var place: String { program.map { "\($0)" } ?? (module.map { $0 + ":" } ?? "") + name }

    package var contextArguments: ContextArguments? {
        program == nil ? ContextArguments(of: .function(name), in: .words) : nil
    }

    package var description: String { "\(moment.rawValue) \(place)" }

    package var event: String? {
        guard program == nil, moment == .entry || moment == .exit else { return nil }
        return FunctionEvent.words(name, of: module, isReturn: moment == .exit)
    }

    package var mayForbid: Bool { moment == .modifyReturn }

    package var typeInKernel: TypeInKernel? {
        if let program { return TypeInKernel(name: name, program: program) }
        return TypeInKernel(name: name, module: module, otherNames: RenamedFunction.otherNames(of: name))
    }

    /// The pattern of sections whose programs run then.
    static func section(_ moment: Moment) -> SectionPattern {
        sections.first { $0.attachType == moment.attachType } ?? sections[0]
    }
}

extension AttachTarget {
    /// The entry of a function that BTF describes, `[MODULE:]NAME`, for a program that was loaded for it.
    public static func fentry(_ function: String) throws(AttachTargetError) -> AttachTarget {
        try AttachTarget(TracedFunction.self, named: function[...], in: TracedFunction.section(.entry))
    }

    /// The return of a function that BTF describes, `[MODULE:]NAME`, for a program that was loaded for it.
    public static func fexit(_ function: String) throws(AttachTargetError) -> AttachTarget {
        try AttachTarget(TracedFunction.self, named: function[...], in: TracedFunction.section(.exit))
    }

    /// A function whose return value the program may change, `[MODULE:]NAME`, for a program that was loaded for it.
    public static func fmodRet(_ function: String) throws(AttachTargetError) -> AttachTarget {
        try AttachTarget(TracedFunction.self, named: function[...], in: TracedFunction.section(.modifyReturn))
    }

    /// Entry and return of a function that BTF describes, `[MODULE:]NAME`, for a program that was loaded for it.
    public static func fsession(_ function: String) throws(AttachTargetError) -> AttachTarget {
        try AttachTarget(TracedFunction.self, named: function[...], in: TracedFunction.section(.session))
    }
}
