// SPDX-License-Identifier: Apache-2.0

internal import BasicContainers
public import Diagnostics

/// A program where its section wants it; letting go of it takes the program off.
public struct Attachment: ~Copyable, Sendable {
    /// What it is attached to.
    public let target: ResolvedTarget
    /// How it got there.
    public let way: AttachWay
    /// Each fallback that was taken, with its reason.
    public let notes: [Diagnostic]

    private let holder: AttachmentHolder

    init(_ target: ResolvedTarget, way: AttachWay, notes: [Diagnostic] = [], holder: consuming AttachmentHolder) {
        self.target = target
        self.way = way
        self.notes = notes
        self.holder = holder
    }

    /// Takes the program off and tells what the kernel said of it; letting go does the same in silence.
    public consuming func detach() throws(BPFError) {
        switch consume holder {
        case .kprobe(let attachment): try attachment.detach()
        // Closing a link or an event does not fail but for a bad number.
        case .link: break
        case .events: break
        }
    }

    /// Hits that the kernel dropped since a probe was busy already; nil where it does not count them.
    ///
    /// Only kprobes have such a count of their own; that of other programs is in ``ProgramHandle/Info``.
    public func missed() -> UInt64? {
        switch holder {
        case .kprobe(let attachment): attachment.missed()
        case .link: nil
        case .events: nil
        }
    }
}

/// What keeps a program attached.
enum AttachmentHolder: ~Copyable, Sendable {
    /// A probe, with what it needs in tracefs.
    case kprobe(KprobeAttachment)
    /// A link that needs nothing else.
    case link(OwnedDescriptor)
    /// Perf events with the program on them.
    case events(UniqueArray<TiedEvent>)
}
