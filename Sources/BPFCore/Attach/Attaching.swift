// SPDX-License-Identifier: Apache-2.0

public import BPFObject

/// Attaching programs to what their sections name.
public enum Attaching {
    /// Attaches a loaded program; one program may be attached to several targets.
    ///
    /// - Parameters:
    ///   - program: The descriptor of the program, borrowed for the call.
    ///   - target: Where it goes.
    ///   - options: What is left open, and where the kernel shows itself.
    /// - Throws: A ``BPFError`` of ``BPFError/Operation/attachProbe``; whatever was made is gone again.
    public static func attach(
        program: Int32, to target: ResolvedTarget, options: AttachOptions = AttachOptions()
    ) throws(BPFError) -> Attachment {
        switch target.place {
        case .probe(let probe):
            let attachment = try KprobeAttachment.attach(
                program: program, to: probe, roots: options.roots, limits: options.limits)
            let (way, notes) = (attachment.way, attachment.notes)
            return Attachment(target, way: way, notes: notes, holder: .kprobe(attachment))
        case .event(let id): return try .tracepoint(program, id: id, target, options)
        case .rawTracepoint(let name): return try .rawTracepoint(program, name, target, options)
        case .tracing(let kind): return try .tracing(program, kind, target)
        case .samples: return try .samples(program, target, options)
        }
    }

    /// Finds a target and attaches a loaded program to it.
    public static func attach(
        program: Int32, to target: AttachTarget, options: AttachOptions = AttachOptions()
    ) throws(BPFError) -> Attachment {
        var resolver = TargetResolver(roots: options.roots)
        return try attach(program: program, to: try resolver.resolve(target), options: options)
    }
}
