// SPDX-License-Identifier: Apache-2.0

public import BPFObject
public import Diagnostics

/// A program where it was attached; letting go of it takes the program off, unless the link is pinned.
public struct Link: ~Copyable, Sendable {
    /// What the program is attached to; nil of a link that others made and that was opened.
    package let target: ResolvedTarget?
    /// How it got there.
    public let way: AttachWay
    /// Each fallback that was taken, with its reason.
    public let notes: [Diagnostic]
    /// Where the link is pinned; nil if it is not, as far as this value knows.
    public internal(set) var pin: String? { didSet { hold.outlive(pin != nil) } }

    let hold: any LinkHold

    init(
        _ target: ResolvedTarget?, way: AttachWay, notes: [Diagnostic] = [], pin: String? = nil, hold: any LinkHold
    ) {
        self.target = target
        self.way = way
        self.notes = notes
        self.pin = pin
        self.hold = hold
    }

    // MARK: - Attaching

    /// Finds a target in the running kernel and attaches a loaded program to it; one program may go to several targets.
    ///
    ///     let link = try Link.attach(program, to: .kprobe("vfs_read"))
    ///
    /// - Parameters:
    ///   - program: A program of the type that the target takes. One with a target in BTF (`fentry` and the like) must
    ///     have been loaded for this one.
    ///   - target: Where it goes.
    /// - Throws: A ``BPFError`` of ``BPFError/Operation/resolveProbe`` if the kernel has no such place, or
    ///   ``BPFError/Operation/attachProbe``; whatever was made is gone again.
    public static func attach(
        _ program: borrowing Program, to target: AttachTarget
    ) throws(BPFError) -> Link {
        try attach(program: program.descriptor.rawValue, to: target)
    }

    /// Attaches a loaded program to a target that was found before.
    package static func attach(
        program: Int32, to target: ResolvedTarget, options: AttachOptions = AttachOptions()
    ) throws(BPFError) -> Link {
        try target.place.attach(program, at: target, options)
    }

    /// Finds a target and attaches a loaded program to it, by the program's descriptor.
    package static func attach(
        program: Int32, to target: AttachTarget, options: AttachOptions = AttachOptions()
    ) throws(BPFError) -> Link {
        var resolver = TargetResolver(roots: options.roots)
        resolver.process = options.process
        return try attach(program: program, to: try resolver.resolve(target), options: options)
    }

    // MARK: - The end

    /// Takes the program off, removing the pin if there is one, and tells what the kernel said of it.
    ///
    /// Letting go of the value does the same in silence, but leaves a pin where it is, and the program with it.
    ///
    /// - Throws: A ``BPFError`` of ``BPFError/Operation/detachProbe`` or ``BPFError/Operation/unpin``.
    public consuming func detach() throws(BPFError) {
        if pin != nil { try unpin() }
        try hold.detach()
    }

    /// Hits that the kernel dropped since a probe was busy already; nil where it does not count them.
    ///
    /// Only kprobes have such a count of their own; that of other programs is in ``Program/Info``.
    public func missed() -> UInt64? { hold.missed() }

    // MARK: - CPUs

    /// Whether the program is attached CPU by CPU, so that ``followCPUs()`` has something to do.
    public var followsCPUs: Bool { hold.followsCPUs }

    /// Attaches the program on CPUs that have come online since, and lets go of those that went offline.
    ///
    /// Samples of CPUs (`perf_event`) need it; for all other programs it does nothing. To be called now and then, as once
    /// a second: the kernel does not tell.
    ///
    /// - Returns: What the user should know: CPUs that came and went, those on which the program does not run, and, once,
    ///   that the list of CPUs cannot be read.
    public mutating func followCPUs() -> [Diagnostic] {
        hold.followCPUs()
    }
}

/// What keeps a program attached.
///
/// Each way to attach has its own; letting go of it takes the program off.
protocol LinkHold: AnyObject, Sendable {
    /// The one `bpf_link` that does it, borrowed; or why there is none to speak of.
    var link: Result<Int32, LinkLack> { get }
    /// Takes the program off and tells what the kernel said of it.
    func detach() throws(BPFError)
    /// Hits that the kernel dropped; nil where it does not count them.
    func missed() -> UInt64?
    /// Whether the program stays attached when this is let go, since the link is pinned.
    func outlive(_ isPinned: Bool)
    /// Whether there is something to do when CPUs come online and go offline.
    var followsCPUs: Bool { get }
    /// Attaches the program on CPUs that have come, and lets go of those that have gone.
    ///
    /// - Returns: What the user should know.
    func followCPUs() -> [Diagnostic]
}

/// What belongs to a link, and must be there as long as its program is attached.
protocol KeptByLink: Sendable {
    /// Whether the link outlives this process's hold on it.
    func outlive(_ isPinned: Bool)
}

extension LinkHold {
    /// Closing a link or an event does not fail but for a bad number, so that letting go does it.
    func detach() throws(BPFError) {}
    func missed() -> UInt64? { nil }
    func outlive(_ isPinned: Bool) {}
    /// Most programs run on whatever CPU there is.
    var followsCPUs: Bool { false }
    func followCPUs() -> [Diagnostic] { [] }
}

/// Why there is no link to pin, to update or to ask.
struct LinkLack: Error {
    /// A sentence without a full stop.
    let cause: String
    /// What the user can do; nil is nothing.
    var nextStep: Diagnostic.Hint?
}

/// A link that needs nothing else.
final class PlainHold: LinkHold {
    private let descriptor: OwnedDescriptor

    init(_ descriptor: consuming OwnedDescriptor) { self.descriptor = descriptor }

    var link: Result<Int32, LinkLack> { .success(descriptor.rawValue) }
}
