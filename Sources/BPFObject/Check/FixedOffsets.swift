// SPDX-License-Identifier: Apache-2.0

internal import BTF
internal import Diagnostics

/// Structures of the kernel that a program reads at the offsets of the headers that it was compiled with.
enum FixedOffsets {
    /// Structures that are the kernel's own and that kernels lay out in different ways.
    ///
    /// Others may be part of its interface to user space, which do not change, such as `struct sockaddr_in`.
    private static let internals: Set<String> = [
        "address_space", "bio", "block_device", "bpf_map", "bpf_prog", "cfs_rq", "cgroup", "cred", "css_set", "dentry",
        "device", "file", "files_struct", "folio", "gendisk", "inet_connection_sock", "inet_sock", "inode", "kiocb",
        "linux_binprm", "mm_struct", "module", "mount", "msghdr", "neighbour", "net", "net_device", "nsproxy", "page",
        "perf_event", "pid", "pid_namespace", "request", "request_queue", "request_sock", "rq", "sched_entity",
        "sighand_struct", "signal_struct", "sk_buff", "sock", "socket", "super_block", "task_group", "task_struct",
        "tcp_sock", "udp_sock", "unix_sock", "vm_area_struct",
    ]

    /// The warning of a program that reads such a structure without CO-RE; nil if it does not.
    ///
    /// - Parameters:
    ///   - reads: What it reads.
    ///   - program: The program.
    ///   - arguments: Of which function its context has the arguments.
    ///   - kernel: What is asked for types.
    static func warning(
        _ reads: KernelReads, _ program: LinkedProgram, _ arguments: ContextArguments?,
        _ kernel: (any KernelEnvironment)?
    ) -> Diagnostic? {
        guard !reads.reads.isEmpty else { return nil }
        let index = try? kernel?.kernelTypes()
        for (place, read) in reads.reads.sorted(by: { $0.key < $1.key }) {
            let structure: BTFType?
            let name: String
            switch read.pointer {
            case .task:
                name = "task_struct"
                structure = index.flatMap { index in
                    index.id(named: name, kind: .structure).flatMap { index.btf[$0] }
                }
            case .argument(let argument):
                guard let kernel, let found = arguments?.structure(ofArgument: argument, on: kernel) else { continue }
                name = found.types.name(of: found.type)
                structure = found.type
            }
            guard internals.contains(name) else { continue }
            var cause =
                "it is the one of the headers that the program was compiled with, and no CO-RE relocation tells the kernel's own"
            if let index, let structure {
                cause +=
                    index.btf.member(of: structure, atByte: read.offset).map { "; this kernel has \($0) there" }
                    ?? "; this kernel's structure ends before"
            }
            let count = reads.reads.count
            var warning = Diagnostic(
                .kernelOffsetFixed, .warning, stage: .program,
                "program \(program.definition.name) reads struct \(name) at a fixed offset, \(read.offset)",
                cause: cause,
                nextStep: "read it with BPF_CORE_READ(), against a vmlinux.h, or mark the structure with "
                    + "__attribute__((preserve_access_index))")
            if count > 1 {
                warning.details = [
                    "\(count - 1) more \(count == 2 ? "read" : "reads") of the program with fixed offsets"
                ]
            }
            warning.program = program.definition.name
            warning.section = program.definition.section
            warning.instruction = place
            if let line = program.sourceLine(ofInstruction: place) { warning.labels = [line] }
            return warning
        }
        return nil
    }
}

extension BTF {
    /// The way to the member that has a byte of a structure, such as `cred.uid`; nil if none has it.
    fileprivate func member(of structure: BTFType, atByte byte: Int) -> String? {
        var (type, offset, path) = (structure, byte, "")
        // A name is given by the first level that has one, and by one level below it.
        for _ in 0..<8 {
            let found = members(of: type).first { member in
                let start = member.bitOffset / 8
                guard start <= offset, let size = size(of: member.type) else { return false }
                return offset - start < max(size, 1)
            }
            guard let found else { return path.isEmpty ? nil : path }
            let name = string(found.nameOffset)
            if !name.isEmpty { path += (path.isEmpty ? "" : ".") + name }
            guard let next = resolved(found.type), next.kind == .structure || next.kind == .union else { break }
            offset -= found.bitOffset / 8
            type = next
        }
        return path.isEmpty ? nil : path
    }
}
