// SPDX-License-Identifier: Apache-2.0

/// How programs name the members that have stacks, and what stands beside them: the names of the kernel's helpers, of libbpf's
/// tools and of the examples that most programs began as.
package enum StackMembers {
    private static let stacks = [
        "stack", "kstack", "ustack", "stacks", "stack_trace", "kern_stack_trace", "user_stack_trace", "callchain",
    ]
    private static let numbers = ["stack_id", "stackid", "stack_nr"]
    private static let oneWordNumbers = ["kstackid", "ustackid", "kstack_id", "ustack_id"]
    /// What is behind the name of a stack in that of the number of its bytes.
    private static let sizes = ["_sz", "_size", "_len", "_length", "_bytes"]
    /// The same of the number of its addresses.
    private static let counts = ["_cnt", "_count", "_nr", "_depth", "_frames"]

    /// The process that a stack is of, the best first: the kernel calls a process a thread group.
    package static let processes = ["tgid", "pid"]
    /// The number of a process and a thread as one, as `bpf_get_current_pid_tgid` has it.
    package static let bothNumbers = "pid_tgid"
    /// Types that are numbers of processes.
    package static let processTypes: Set<String> = ["pid_t", "__kernel_pid_t"]

    /// The structure of a stack that is told by build ids (`BPF_F_STACK_BUILD_ID`), and its bytes.
    package static let buildIDType = "bpf_stack_build_id"
    /// Bytes of a `struct bpf_stack_build_id`.
    package static let buildIDSize = 32

    /// Whether a member is a stack by its name, if it is an array of addresses: `kern_stack`, `ustack`.
    package static func isStack(_ name: String) -> Bool { stacks.contains { name == $0 || name.hasSuffix("_" + $0) } }

    /// Whether a member is the number of a stack by its name: `stack_id`, `kern_stackid`, `w_k_stack_id`.
    package static func isNumber(_ name: String) -> Bool {
        numbers.contains { name == $0 || name.hasSuffix("_" + $0) } || oneWordNumbers.contains(name)
    }

    /// The names that a number may have which says how much of a stack is valid, and whether it counts addresses.
    package static func lengths(of name: String) -> [(name: String, countsAddresses: Bool)] {
        var names = [name]
        // `kern_stack_size` beside `kstack`, and the other way round.
        for (short, long) in [("kstack", ["kern_stack", "kernel_stack"]), ("ustack", ["user_stack"])] {
            if name == short { names += long }
            if long.contains(name) { names.append(short) }
        }
        return names.flatMap { name in
            sizes.map { (name + $0, false) } + counts.map { (name + $0, true) }
        }
    }
}
