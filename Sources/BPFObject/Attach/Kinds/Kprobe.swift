// SPDX-License-Identifier: Apache-2.0

/// The entry or return of a function of the kernel: `kprobe/NAME`, `kretprobe/NAME`.
package struct Kprobe: AttachKind {
    /// The function, and where in it.
    package let function: ProbeTarget

    /// Takes a function.
    package init(_ function: ProbeTarget) { self.function = function }

    private static let returns = SectionPattern("kretprobe+", .kprobe)
    package static let sections = [SectionPattern("kprobe+", .kprobe), returns]
    package static let namesAreSymbols = true

    /// A pattern, or several names, mean many functions.
    package static func target(named text: Substring?, in section: SectionPattern) -> SectionTarget {
        FunctionPattern.isMeant(by: text ?? "")
            ? MultiKprobes.read(text, in: section) : read(text, in: section)
    }

    package init(reading text: Substring, in section: SectionPattern) throws(AttachTargetError.Reason) {
        function = try text.attachFunction(isReturn: section == Self.returns)
    }

    package static func form(of section: SectionPattern) -> String {
        section == returns
            ? "SEC(\"kretprobe/[MODULE:]NAME\"), such as kretprobe/vfs_read"
            : "SEC(\"kprobe/[MODULE:]NAME[+OFFSET]\"), such as kprobe/vfs_read"
    }

    package var description: String { (function.isReturn ? "kretprobe " : "kprobe ") + function.description }

    package var contextArguments: ContextArguments? {
        function.isReturn || function.offset != 0
            ? nil : ContextArguments(of: .function(function.symbol), in: .registers)
    }

    package var event: String? {
        guard function.offset == 0, function.copy == nil else { return nil }
        return FunctionEvent.words(function.symbol, of: function.module, isReturn: function.isReturn)
    }
}

extension AttachTarget {
    /// The entry of a function of the kernel, or an instruction in it.
    ///
    /// - Parameter function: `[MODULE:]NAME[@COPY][+OFFSET]`, as ``ProbeTarget`` reads it.
    public static func kprobe(_ function: String) throws(ProbeTargetError) -> AttachTarget {
        AttachTarget(Kprobe(try ProbeTarget(parsing: function)))
    }

    /// The return of a function of the kernel.
    ///
    /// - Parameters:
    ///   - function: `[MODULE:]NAME[@COPY]`, as ``ProbeTarget`` reads it.
    ///   - maxActive: How many calls are followed at one time, 1 to 4096; nil leaves it to the kernel.
    public static func kretprobe(
        _ function: String, maxActive: Int? = nil
    ) throws(ProbeTargetError) -> AttachTarget {
        AttachTarget(Kprobe(try ProbeTarget(parsing: function, isReturn: true, maxActive: maxActive)))
    }

    /// A function of the kernel, read before.
    public static func kprobe(_ function: ProbeTarget) -> AttachTarget { AttachTarget(Kprobe(function)) }
}
