// SPDX-License-Identifier: Apache-2.0

internal import BPFObject
internal import CBPF
internal import Diagnostics

extension KernelIterator: KernelAttachKind {
    /// That the kernel has the iterator was found out when the program was planned.
    func resolve(_ kernel: inout TargetResolver) throws(BPFError) -> ResolvedTarget {
        ResolvedTarget(self, at: IteratorPlace(iterator: self))
    }

    func missing(_ kernel: inout TargetResolver) -> BPFError {
        let message = "there is no iterator \(name) in this kernel"
        if let since = KernelName.iterator(name) {
            return BPFError(
                .resolveProbe, .noSuchIterator, message,
                cause: "kernels have it since \(since), where they are built with what it shows",
                nextStep: "let the others go on without it: SEC(\"?iter/\(name)\") or \(.optional)")
        }
        let near = KernelName.iterators(near: name)
        return BPFError(
            .resolveProbe, .noSuchIterator, message,
            cause: "its BTF does not have bpf_iter_\(name): misspelt, or in a module that is not loaded",
            nextStep: near.isEmpty
                ? "see which there are: \(.targets, "iter:")" : "did you mean \(near.joined(separator: ", "))?")
    }
}

/// What an iterator was loaded to show; the program runs when the link is read.
private struct IteratorPlace: AttachPlace {
    let iterator: KernelIterator

    /// Attaches the program with `BPF_LINK_CREATE`, and its parameters (`union bpf_iter_link_info`).
    func attach(
        _ program: Int32, at target: ResolvedTarget, _ options: AttachOptions
    ) throws(BPFError) -> Link {
        let opened = try opened(options)
        do throws(Errno) {
            let link = try Links.createIterator(
                program: program, attachType: KernelIterator.attachType, of: part(opened, options))
            return Link(target, way: .tracingLink, hold: PlainHold(link))
        } catch {
            throw refused(error, target, options)
        }
    }

    /// What the scope names and is to be open for the call.
    private func opened(_ options: AttachOptions) throws(BPFError) -> OpenedScope {
        switch iterator.scope {
        case .map(let name):
            if let number = options.maps[name] { return OpenedScope(borrowed: number) }
            guard name.hasPrefix("/") else {
                throw BPFError(
                    .attachProbe, .mapUnknown, "the object has no map \(name)",
                    cause: NamesThere.words(for: name, options.maps.keys.sorted()),
                    nextStep: NamesThere.hint(for: name, options.maps.keys.sorted()))
            }
            return OpenedScope(owned: try OwnedDescriptor.open(pinnedAt: name))
        case .cgroup(let path, _):
            return OpenedScope(owned: try ControlGroup.open(path, .attachProbe))
        case .process, .thread, nil: return OpenedScope(borrowed: -1)
        }
    }

    private func part(_ opened: borrowing OpenedScope, _ options: AttachOptions) -> Links.IteratorPart {
        switch iterator.scope {
        case .map: .map(opened.number)
        case .cgroup(_, let order): .cgroup(opened.number, order: order.rawValue)
        case .process(let id): .process(UInt32(bitPattern: id))
        case .thread(let id): .thread(UInt32(bitPattern: id))
        case nil:
            // The only process that is traced, for iterators of what processes have.
            process(options).map { .process(UInt32(bitPattern: $0)) } ?? .all
        }
    }

    /// The only process that is traced, of iterators that do not name one.
    private func process(_ options: AttachOptions) -> Int32? {
        iterator.scope == nil && iterator.processes == .choice ? options.process : nil
    }

    private func refused(_ errno: Errno, _ target: ResolvedTarget, _ options: AttachOptions) -> BPFError {
        var (cause, step): (String?, Diagnostic.Hint?) = (nil, nil)
        let isOfProcess: Bool =
            switch iterator.scope {
            case .process, .thread: true
            default: process(options) != nil
            }
        switch errno {
        case .invalidArgument where isOfProcess, .argListTooLong where isOfProcess:
            cause = "kernels show single processes since 6.1, with iterators of tasks"
            step = "leave the process out, and filter in the program"
        case .badFileDescriptor where iterator.scope == nil, .invalidArgument where iterator.scope == nil:
            cause =
                "this iterator shows the parts of one object, such as a map or a control group, which the loader of "
                + "the program must name"
            let form = KernelIterator.scopeForm(of: iterator.name).flatMap { $0.isEmpty ? nil : $0 } ?? "map=NAME"
            step = "name it behind the iterator: iter:\(iterator.name):\(form)"
        case .invalidArgument, .argListTooLong:
            if case .cgroup = iterator.scope {
                cause = "kernels show control groups since 6.1, with the iterator cgroup"
            } else {
                cause = "this iterator does not show the elements of such a map"
            }
        case .permissionDenied: cause = "the program reads or writes more than an element of the map has"
        case .noSuchProcess: cause = "there is no such process"
        case .noSuchFileOrDirectory: cause = "the module that has the iterator is gone"
        default: break
        }
        return BPFError(
            .attachProbe, .attachRefused, errno: errno, "cannot attach the program to \(target)", cause: cause,
            nextStep: step)
    }
}

/// A descriptor that is open for a call, whoever closes it.
private struct OpenedScope: ~Copyable {
    let number: Int32
    private let owned: OwnedDescriptor?

    init(borrowed number: Int32) {
        self.number = number
        owned = nil
    }

    init(owned: consuming OwnedDescriptor) {
        number = owned.rawValue
        self.owned = consume owned
    }
}
