// SPDX-License-Identifier: Apache-2.0

internal import BPFObject
internal import Diagnostics

/// The target in BTF that a program was loaded with, for the kinds that are attached by nothing else.
struct TypedPlace: AttachPlace {
    /// The `expected_attach_type` of its programs.
    let attachType: AttachType
    let hook: String?
    /// The function that its programs are called from; nil is no function with a name.
    let function: CalledFunction?

    /// Where a trampoline goes.
    enum CalledFunction: Equatable {
        /// A function of the kernel.
        case kernel(String, module: String?)
        /// A function of a loaded program.
        case program(ProgramFunction)
    }

    init(_ attachType: AttachType, hook: String?, on function: CalledFunction? = nil) {
        self.attachType = attachType
        self.hook = hook
        self.function = function
    }

    var copiedSymbol: String? { if case .kernel(let name, nil) = function { name } else { nil } }

    func unseenCalls(_ roots: KernelRoots, _ symbols: KernelSymbols?) -> [Diagnostic] {
        guard let name = copiedSymbol, let count = symbols?.functions(named: name).count, count > 1 else { return [] }
        return [
            AttachDoubts.warning(
                "the program on \(hook ?? name) sees one of \(count) functions of that name",
                "the kernel's types know functions by their names alone, and it took the first one",
                "kprobes reach each of them: kprobe/\(name)@1, kprobe/\(name)@all")
        ]
    }

    /// `BPF_LINK_CREATE` comes first; before Linux 5.19 `BPF_RAW_TRACEPOINT_OPEN` without a name does the same.
    func attach(
        _ program: Int32, at target: ResolvedTarget, _ options: AttachOptions
    ) throws(BPFError) -> Link {
        let refusal: Errno
        do throws(Errno) {
            let link = try Links.create(program: program, attachType: attachType)
            return Link(target, way: .tracingLink, hold: PlainHold(link))
        } catch {
            guard error == .invalidArgument else { throw untied(error, target, options.roots) }
            refusal = error
        }
        do throws(Errno) {
            let link = try Links.openRawTracepoint(program: program, name: nil)
            return Link(target, way: .rawTracepoint, hold: PlainHold(link))
        } catch {
            throw untied(error == .notSupported ? refusal : error, target, options.roots)
        }
    }

    private func untied(_ errno: Errno, _ target: ResolvedTarget, _ roots: KernelRoots) -> BPFError {
        let holder = errno == .resourceBusy ? holder(roots) : nil
        let cause: String? =
            switch errno {
            case .notSupportedByKernel, .notSupported:
                "this kernel cannot call programs from functions on this architecture (BPF trampolines)"
            case .argListTooLong: "the kernel takes no more programs on this function (38 on x86-64)"
            case .resourceBusy:
                holder?.cause ?? keptOff
            case .noSuchFileOrDirectory: "the module that has it is gone"
            case .invalidArgument: "the program was loaded for another way of attaching, or for another target"
            default: nil
            }
        return BPFError(
            .attachProbe, .attachRefused, errno: errno, "cannot attach the program to \(target)", cause: cause,
            nextStep: holder?.nextStep)
    }

    /// What is said where nothing tells who has the function.
    private var keptOff: String {
        let words = "another user of the function keeps programs off, "
        return if case .kernel = function {
            words
                + "or the function has no place for a tracer (available_filter_functions lists those that have one)"
        } else {
            words + "and the system does not tell which"
        }
    }

    private func holder(_ roots: KernelRoots) -> FunctionUsers.Words? {
        switch function {
        case .kernel(let name, let module)?: FunctionUsers.words(of: name, module: module, roots: roots)
        case .program(let function)?: FunctionUsers.words(of: function)
        case nil: nil
        }
    }
}
