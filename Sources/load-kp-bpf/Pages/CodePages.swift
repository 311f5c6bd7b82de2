// SPDX-License-Identifier: Apache-2.0
// Made by Scripts/code-pages from docs/diagnostics.md.

/// Each page begins with a line `= CODE`; the exit code, what it means, what to do and the text follow.
let codePages = ##"""
    = arguments-invalid
    64
    The command line is not understood.
    Read `--help` of the tool; the message names the argument.

    = option-unknown
    64
    The tool has no option of that name.
    Take one of the names that the message lists; `--help` has them all.

    = option-value-missing
    64
    An option takes a value, and none follows it.
    Write the value as the next word; one that begins with a dash is joined to the option with `=`.

    = option-value-invalid
    64
    An option does not take this value.
    Write one that the message describes or lists.

    = option-value-unexpected
    64
    An option that takes no value was given one.
    Write the option alone, or leave it out.

    = options-exclusive
    64
    Options of a command line do not go together.
    Leave out the one that the message names.

    = option-alone
    64
    An option is of use with another one only.
    Add the other one, or leave it out.

    = argument-missing
    64
    A word that the tool needs is not on the command line.
    Add it, as in the example of the message.

    = argument-unexpected
    64
    Nothing is done with a word of the command line.
    Leave it out, or quote a word with spaces in it.

    = global-unknown
    64
    The object has no global variable of that name, or the variable has no such part.
    Take one of the names that the message lists.

    = global-value
    64
    The value that a global variable is to have is not one of its type.
    Write a value of the type, within its range.

    = global-not-settable
    64
    A variable of this type cannot be set: a pointer, or a type without a size.
    Set its parts, or use an array in place of a pointer.

    = global-without-types
    64
    The object has no BTF, so its variables are not known.
    Compile the object with `-g`.

    = global-constant
    64
    The variable is constant while programs run (`.rodata`, `const volatile`).
    Set it before the load (`Object.set`).

    = global-type-differs
    64
    A variable is read as a Swift type of another size.
    Read it as the type that the message names.

    = global-not-loaded
    64
    No loaded program uses the map of the variable.
    Load a program that uses it.

    = map-option-form
    64
    A setting of a map is not written as it should be.
    Write it in the form that the message shows.

    = map-unknown
    64
    The object has no map of that name.
    Take one of the names that the message lists.

    = map-size-fixed
    64
    The map holds the object's variables, so its size cannot be set.
    Leave the size out.

    = program-unknown
    64
    There is no program of that name.
    Take one of the names that the message lists.

    = probe-form
    64
    The text is not a place for a probe.
    Write `[MODULE:]NAME[+OFFSET]`.

    = target-not-named
    64
    Neither the section nor the caller names what to attach the program to.
    Name a target.

    = target-conflict
    64
    A program is loaded for one target or kind of targets, and another one is asked for.
    Load the object once for each.

    = target-of-other-type
    64
    The target takes programs of another type.
    Name a target of the type of the program.

    = program-type-unknown
    64
    There is no such type of programs.
    Name it as a section is, or as `bpftool` prints it.

    = kind-not-attached
    64
    Programs of this kind are loaded and not attached here.
    Pin the program for the tool that attaches it.

    = program-takes-no-function
    64
    A function was named, and by its section the program is not for functions.
    Name another program, or leave out the function.

    = nothing-to-attach
    64
    No program of the object can be loaded or attached.
    Name what the programs are for, by their sections or by arguments.

    = nothing-to-show
    64
    The object has nothing of what is to be shown.
    Use `--show`, which takes all that an object has.

    = map-type-size
    64
    Types that were given for a map are not of the sizes that its keys and values have.
    Give those that the program has.

    = maps-of-events-only
    64
    None of the maps is one that is read at times.
    Leave out that maps are read.

    = format-unknown
    64
    There is no format of that name.
    Take one of the formats that the message lists.

    = format-unfit
    64
    The format is for values of another kind than the field has.
    Take one of the formats that fit, or leave it out.

    = template-invalid
    64
    A template or a list of fields is not well-formed.
    Correct it at the caret.

    = field-unknown
    64
    No event has a field of that name.
    Take one of the fields that the message lists.

    = condition-invalid
    64
    A condition that chooses events is not well-formed, or does not fit their fields.
    Correct it at the caret.

    = summary-not-number
    64
    The field to sum up is not a number.
    Name a field that is a number, or count events by this one.

    = layout-invalid
    64
    The C text that describes an event cannot be read.
    Correct it at the line and column of the message.

    = event-type-unknown
    64
    The object or the stream has no type of that name.
    Name another type, or keep it by a global variable of it.

    = event-type-sizeless
    64
    The type has no size, so no event can be of it.
    Name a type that has a size.

    = map-not-chosen
    64
    The object sends events to several maps, and nothing says which map is meant.
    Name the map.

    = stream-without-types
    64
    The stream carries no types, so none can be chosen by name.
    Give the object that has the type.

    = columns-differ
    64
    Events of several types come, and the output has one set of columns.
    Choose fields that all have, or write JSON.

    = context-not-carried
    64
    The stream does not carry the time, CPU or process that was asked for.
    Record a capture; frames carry nothing but the event.

    = user-unknown
    64
    There is no such user to run as.
    Name a user of `getent passwd`.

    = user-is-root
    64
    The user to run as is root, who has every privilege.
    Name a user without privileges, such as `nobody`.

    = pin-path-invalid
    64
    The path cannot be that of a pin.
    Write a plain absolute path below a bpf file system, with a name without dots at its end.

    = output-not-last
    64
    The arguments are in an order in which a file would be taken for a map.
    Write the output last.

    = rotation-not-file
    64
    Only a file on a disk can be rotated.
    Write to a file, or do not rotate.

    = no-events
    64
    The object has no perf event array and no ring buffer, so it sends no events.
    Read its maps.

    = object-unreadable
    66
    The object file cannot be read.
    Correct the path, or the permissions of the file.

    = object-not-elf
    65
    The file is not an ELF file.
    Name an object that clang compiled with `-target bpf -c`.

    = object-not-bpf
    65
    The file is an ELF file, but not a BPF object: a program, a library, or code for another machine.
    Compile with `clang -O2 -g -target bpf -c`.

    = object-damaged
    65
    The file contradicts itself: it was cut, changed, or written by a faulty tool.
    Compile it again.

    = object-byte-order
    65
    The object is for machines of the other byte order.
    Compile with `-target bpfel` or `-target bpfeb`.

    = object-compressed
    65
    A section of the object is compressed.
    Compile without `-gz`.

    = license-too-long
    65
    The license is longer than the kernel reads.
    Write a short one, such as `GPL`.

    = version-section
    65
    The `version` section is not one number of 4 bytes.
    Remove the section.

    = section-unknown
    65
    The object has no section of that name.
    Take one of the sections that the message lists.

    = section-names-no-target
    65
    The section's name must tell what the program is attached to, and does not.
    Write the target behind the slash.

    = attach-target-form
    65
    What stands behind the slash of the section's name is not a target of its kind.
    Write it as the message shows.

    = map-by-number
    65
    The program refers to a map or function by a number, which means nothing outside of the process that made it.
    Refer to maps by their symbols.

    = symbol-undefined
    65
    The program uses a symbol that the object does not define, such as a function of the C library.
    Define it, or declare it with `__ksym` or `__kconfig` and compile with `-g`; in place of the C library, call what the message names.

    = data-section-unknown
    65
    The program uses data of a section that is not one for data.
    Put data into `.data`, `.rodata` or `.bss`.

    = data-too-large
    65
    A section of data is larger than is loaded.
    Keep large tables in a map.

    = legacy-maps-unreadable
    65
    The `maps` section does not have the form of any known map definition.
    Declare each map as one `struct bpf_elf_map`, or in section `.maps`.

    = maps-without-types
    65
    The maps of section `.maps` are described by BTF, and the object has none of them.
    Compile with `-g`, and strip with no more than `llvm-strip -g`.

    = map-declaration
    65
    The declaration of a map in section `.maps` is not valid.
    Correct the member that the message names.

    = map-member-unknown
    65
    The definition of a map has a member that is not known.
    Correct its name, or leave it out.

    = map-name-invalid
    65
    The kernel takes no map of this name.
    Rename the map: letters, digits and `_`.

    = map-name-twice
    65
    Two maps of the object have one name.
    Rename one of them.

    = map-offset
    65
    The program refers to the middle of a map's definition.
    Use maps only as `&map`.

    = map-not-created
    65
    A program uses a map that was not created.
    This is an error of the caller: create all maps first.

    = inner-map-unknown
    65
    A map of maps does not tell what its inner maps are like.
    Declare it with `__array(values, struct inner_map)`.

    = inner-map-nested
    65
    An inner map holds maps itself; the kernel allows one level.
    Let it hold plain values.

    = map-slot-invalid
    65
    A value of the declaration goes to a slot that the map does not have.
    Give the map more entries and keys of 4 bytes.

    = arena-count
    65
    Variables of address space 1 need one arena, and there are none or several.
    Declare one map of type `BPF_MAP_TYPE_ARENA`.

    = kconfig-type
    65
    The type of a `__kconfig` variable does not fit the option's value.
    Declare it as the message says.

    = core-kind-unknown
    65
    A CO-RE relocation is of a kind that this version does not know.
    Use a newer version of the tools.

    = core-record-damaged
    65
    A CO-RE relocation does not fit the object's own types or instructions.
    Compile the program again, with a newer clang.

    = core-type-anonymous
    65
    A CO-RE relocation is of a type without a name.
    Give the type the name that it has in the kernel.

    = core-access-size
    65
    An instruction accesses another number of bytes than the field has.
    Read the field with `BPF_CORE_READ()`.

    = event-type-undescribed
    65
    The object does not describe the type: it has no BTF.
    Compile it with `-g`.

    = event-type-ambiguous
    65
    The object has several types of one name.
    Give the one that is meant a name of its own.

    = event-type-too-large
    65
    The type has more bytes than a ring takes, or reaches too many other types.
    Name another type.

    = event-type-damaged
    65
    The type lies within itself, or leads to nothing.
    Compile the program again.

    = not-permitted
    77
    The kernel does not permit it: a capability is missing, or a setting forbids it.
    Run as root, or with the capabilities that the message names.

    = user-namespace
    77
    The process is in a user namespace, where even root lacks the machine's capabilities.
    Run it outside of the container, or in a privileged one.

    = capability-missing
    77
    A capability is missing.
    Run it with sudo, or give the program the capabilities that the message names.

    = perf-event-paranoid
    77
    `kernel.perf_event_paranoid` asks for more than `CAP_PERFMON`.
    Lower the setting, or run as root.

    = tracing-files-closed
    77
    The files of tracefs are closed to this user.
    Run as root, or open them to a group.

    = lockdown
    77
    The kernel is locked down (confidentiality), which forbids probes to everybody.
    Boot without lockdown, or with `lockdown=integrity`.

    = seccomp-filter
    77
    The seccomp filter of a container or service forbids the call.
    Let `bpf` and `perf_event_open` through.

    = security-module
    77
    A security module such as SELinux or AppArmor may have refused it.
    Look for the refusal: `ausearch -m avc`, `dmesg`.

    = memlock-limit
    77
    The limit of locked memory (`RLIMIT_MEMLOCK`) is reached.
    Raise it: `ulimit -l`, or `LimitMEMLOCK=` of the service.

    = kernel-addresses-hidden
    77
    `kernel.kptr_restrict` hides the addresses of the kernel.
    Run as root, with `sysctl kernel.kptr_restrict=1` or `0`.

    = privilege-drop-failed
    77
    The process could not become another user.
    Start as root, or do not change the user.

    = privilege-left
    77
    Privileges are left after the process became another user.
    Name a user without privileges.

    = pin-untrusted
    77
    Others could replace what is pinned there: the directory or the pin is not only root's, or the path leads through a symbolic link.
    Have root own it with mode 0700, or use another bpf file system.

    = lock-untrusted
    77
    The file that locks a map was not made by this user.
    Find out who made it, and remove it.

    = takeover-not-permitted
    77
    The daemon that has the map cannot be ended by this user.
    End it as its user or as root.

    = memory-cgroup-limit
    74
    The memory limit of the process's cgroup is reached.
    Raise `MemoryMax=` of the service, or ask for less.

    = open-files-limit
    74
    The process has as many files open as it may (`RLIMIT_NOFILE`).
    Raise the limit: `ulimit -n`, or `LimitNOFILE=` of the service.

    = open-files-of-machine
    74
    All processes together have as many files open as the machine allows.
    Raise `fs.file-max`.

    = no-space
    74
    There is no room left: on a file system, or for what the kernel has a fixed number of.
    Make room, or write to another disk.

    = file-system-read-only
    74
    The file system is mounted read-only.
    Mount it for writing, or use another.

    = io-error
    74
    Reading or writing failed in the device.
    Look at the kernel's log.

    = system-call-missing
    69
    The kernel is built without the system call.
    Use a kernel with the option that the message names.

    = jit-disabled
    69
    The BPF compiler of the kernel is off.
    `sysctl net.core.bpf_jit_enable=1`

    = ftrace-disabled
    69
    `kernel.ftrace_enabled` is 0, so that no function calls programs.
    `sysctl kernel.ftrace_enabled=1`

    = kprobes-disabled
    69
    All kprobes of the machine are switched off, or the kernel is built without.
    Switch them on, or use a kernel with `CONFIG_KPROBES`.

    = tracefs-missing
    69
    tracefs is not mounted.
    `mount -t tracefs tracefs /sys/kernel/tracing`

    = sysfs-missing
    69
    sysfs is not mounted.
    `mount -t sysfs sysfs /sys`

    = cpu-list-unreadable
    74
    The list of the CPUs cannot be read.
    Look at the permissions of `/sys/devices/system/cpu`.

    = kernel-file-unreadable
    69
    A file of the kernel, in `/proc`, `/sys` or tracefs, cannot be read.
    Run as root; the message names the file.

    = kernel-file-malformed
    69
    A file of the kernel does not hold what it should.
    Report it, with the line that the message shows.

    = trace-output-refused
    69
    The output of `bpf_printk` cannot be followed.
    Use a kernel of Linux 5.9 or newer.

    = kernel-types-missing
    69
    The types of the kernel (BTF) are needed and cannot be read.
    Use a kernel with `CONFIG_DEBUG_INFO_BTF`, or give its BTF.

    = kernel-types-not-given
    66
    What was given as the kernel's BTF has none of this kernel, or cannot be read.
    Give the file itself.

    = kernel-types-malformed
    65
    What was given as the kernel's BTF is not BTF of a kernel.
    Give a file as `/sys/kernel/btf/vmlinux` is, or a `vmlinux`.

    = module-types-gone
    69
    The types of a module cannot be opened: it was unloaded.
    Load the module, and try again.

    = kernel-symbol-missing
    69
    The kernel has no symbol of that name.
    Declare it `__weak` and test it.

    = kernel-symbol-ambiguous
    69
    The kernel has several symbols of that name.
    Declare it with its type, or use another.

    = kernel-variable-missing
    69
    The kernel's BTF has no variable of that name.
    Declare it `__weak` and test it.

    = kfunc-missing
    69
    The kernel has no such function for BPF programs.
    Load the module that has it, or guard the call with `bpf_ksym_exists()`.

    = kconfig-missing
    69
    The kernel's configuration does not have the option, or loaders have no such fact.
    Declare it `__weak`.

    = struct-ops-unsupported
    69
    The kernel has no such structure for programs of struct_ops, or it lacks a member that has a value.
    Use a kernel with the option that the message names, or leave the member zero.

    = struct-ops-invalid
    65
    A structure of programs of struct_ops is not as it must be in the object.
    Set its members to functions of sections `struct_ops/NAME`, and compile with `-g`.

    = struct-ops-refused
    69
    The kernel does not register a structure of programs of struct_ops.
    Set the members that the message names, or end what has the name or the place.

    = struct-ops-ended
    69
    The kernel took a structure off by itself.
    Look at what it says of it: `dmesg`.

    = core-ambiguous
    69
    Types of the kernel with this name give different answers to a CO-RE relocation.
    Name only members that distinguish them.

    = core-answer-range
    69
    The answer to a CO-RE relocation does not fit into the instruction.
    Read the field with `BPF_CORE_READ()`.

    = map-refused
    69
    The kernel does not create the map.
    Look at the quote of the kernel; the message has the map's sizes.

    = map-rule-broken
    69
    The map breaks a rule of its type, or the kernel is too old for it.
    Change what the message names.

    = map-too-large
    69
    The map is larger than the kernel takes.
    Give it fewer entries or smaller values.

    = map-memory
    69
    The kernel has no memory for the map.
    Give it fewer entries.

    = map-access-failed
    69
    Elements of the map could not be read or written.
    The message has the kernel's answer.

    = map-not-listed
    69
    The elements of a map of this type, or of one that changes too fast, cannot be listed; the message says why.
    Read single elements by their keys.

    = map-slot-refused
    69
    The kernel does not take the program or map into the slot.
    Put in what is of the same type as the others.

    = map-untyped
    65
    The types of the map's keys and values are not known.
    Read it as Swift values, or define it with `__type(key, …)` and `__type(value, …)`.

    = pin-differs
    65
    The map behind the pin does not match the object's map.
    Remove the pin, or correct the sizes; the message shows both.

    = pin-other-kind
    65
    What is pinned there is of another kind: map, program or link.
    Use another path, or remove the pin.

    = pin-exists
    69
    Something is pinned there already.
    Remove it, or use another path.

    = pin-refused
    69
    The kernel does not pin it.
    The message has the kernel's answer.

    = pin-contested
    69
    Other processes make and remove the pin at the same time.
    Run the command again when they are done.

    = pin-not-opened
    69
    The pin cannot be opened.
    See what is pinned: `ls /sys/fs/bpf`.

    = pin-not-removed
    69
    The pin cannot be removed.
    Remove it as the user who owns it.

    = bpffs-missing
    69
    There is no bpf file system at that place.
    `mount -t bpf bpf /sys/fs/bpf`

    = bpffs-mount-failed
    69
    No bpf file system is mounted, and mounting one failed.
    As root: `mount -t bpf bpf /sys/fs/bpf`

    = pin-directory-failed
    69
    A directory for pins is not there, or cannot be made.
    Make it, or use another bpf file system.

    = id-unknown
    69
    No map, program, link or BTF has that id, or it cannot be opened.
    See the ids with `bpftool`.

    = info-refused
    69
    The kernel does not tell what it knows of a map, program, link or BTF.
    The message has the kernel's answer.

    = verifier-refused
    70
    The verifier refused the program; no narrower code fits.
    Read the verifier's log.
    Anything that no rule knows. The message has the kernel's words, `--verifier-log FILE` the whole log.
    = verifier-null-pointer
    70
    The pointer may be NULL: a lookup finds nothing at times.
    Compare it with NULL before it is used.
    `R0 invalid mem access 'map_value_or_null'`: the key may not be in the map, a ring buffer may be full. Compare what the call returned with NULL, in the same variable, before it is used.

    ```c
    struct entry *value = bpf_map_lookup_elem(&entries, &key);
    if (!value) return 0;  /* refused without this line */
    value->count++;
    ```
    = verifier-number-as-pointer
    70
    A number is used as a pointer, such as one that was read from the kernel.
    Read through it with `BPF_CORE_READ()`.
    `R1 invalid mem access 'scalar'` (`'inv'` before 5.18): in programs on probes the addresses of the kernel are numbers. Copy what is there.

    ```c
    u64 number;
    /* refused: number = *(u64 *)address; */
    bpf_probe_read_kernel(&number, sizeof(number), (void *)address);
    ```
    = verifier-license
    70
    What the program calls is for GPL-compatible programs.
    Write `char LICENSE[] SEC("license") = "GPL";` if that is the license.
    `cannot call GPL-restricted function from non-GPL compatible program`: many helpers of tracing, such as `bpf_probe_read_kernel` and `bpf_trace_printk`, are for programs under the GPL, whose license may be `Dual MIT/GPL`, `Dual BSD/GPL` or `GPL`.

    ```c
    char LICENSE[] SEC("license") = "GPL";
    ```
    = verifier-helper-missing
    70
    The kernel does not have the helper, or not for programs of this type.
    Guard the call, or use another type of program or a newer kernel.
    `unknown func bpf_loop#181`, `program of this type cannot use helper`: each type of program has helpers of its own, and newer ones came with later kernels. A call that is guarded is not looked at where the helper is missing.

    ```c
    if (bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_loop))
        bpf_loop(10, each, 0, 0);
    ```
    = verifier-helper-locked
    70
    The kernel is locked down, which takes the helper away.
    Boot without lockdown.
    `unknown func bpf_probe_read_kernel#113` on a kernel that has it: lockdown takes away what reads the memory of the kernel. `cat /sys/kernel/security/lockdown` shows the mode.
    = verifier-kernel-too-old
    70
    The program has what kernels know only since a later release.
    Do as the message says: another `-mcpu`, another helper, or a newer kernel.
    `BPF_STX uses reserved fields`, `unknown opcode`: the compiler made instructions that this kernel does not know. Compile with `-mcpu=v2` for kernels before 5.12, or leave out what the message names.
    = verifier-loop
    70
    The verifier does not see that a loop ends.
    Give it a fixed bound, or use `bpf_loop()`.
    `back-edge from insn 7 to 2`, `infinite loop detected`: the verifier follows a loop round by round, and does not see that this one ends. Kernels before 5.3 take no loops at all.

    ```c
    /* refused: while (more(ctx)) … */
    for (int i = 0; i < 64; i++)
        if (!more(ctx)) break;
    ```
    = verifier-too-complex
    70
    The verifier followed as many instructions as it is willing to.
    Make loops shorter, or move their body into a global function.
    `BPF program is too large. Processed 1000001 insn`: each path through branches and loops counts. The message names the lines that were walked through most often, and says so where they are of a loop without a bound, which no shorter body helps. A global function is looked at once, and the body of `bpf_loop()` too.

    ```c
    /* in place of: for (int i = 0; i < 100000; i++) … */
    bpf_loop(100000, each, 0, 0);
    ```
    = verifier-stack-unset
    70
    Bytes of the stack that were never written would leave the program.
    Set the whole variable to zero first, its padding too.
    `invalid indirect read from stack R3 off -56+16 size 48`: bytes of a variable that is handed over were never written, often padding between members.

    ```c
    struct entry entry;
    __builtin_memset(&entry, 0, sizeof(entry));  /* refused without this line */
    entry.count = 1;
    bpf_map_update_elem(&entries, &key, &entry, BPF_ANY);
    ```
    = verifier-stack-size
    70
    The program needs more than 512 bytes of stack.
    Keep large variables in a per-CPU array.
    `combined stack size of 3 calls is 576. Too large`: 512 bytes are for all functions that call each other; one that needs more alone is refused at its first access beyond them (`invalid write to stack R10 off=-600 size=8`). Large variables go into an array of one element for each CPU.

    ```c
    struct large *scratch = bpf_map_lookup_elem(&scratches, &zero);
    if (!scratch) return 0;
    scratch->bytes[0] = 1;
    ```
    = verifier-zero-size
    70
    The size that a helper is given may be 0.
    Test it first.
    `invalid zero-sized read`: a helper that reads is given a size that may be 0, or a helper that takes a key is given a map that has none: ring buffers, queues, stacks and Bloom filters.

    ```c
    if (size == 0 || size > sizeof(buffer)) return 0;
    bpf_probe_read_user(buffer, size, (void *)address);
    bpf_ringbuf_output(&events, buffer, size, 0);
    ```
    = verifier-map-type
    70
    The helper is not for maps of this type.
    Call one that is.
    `cannot pass map_type 27 into func bpf_map_lookup_elem#1`: a ring buffer has no elements, an array deletes none. The message names the type, the map if the program has one of that type, and for common types what is called in place of the helper; bpf-helpers(7) says which helper is for which type.

    ```c
    /* refused: bpf_map_lookup_elem(&events, &key); */
    bpf_ringbuf_output(&events, buffer, sizeof(buffer), 0);
    ```
    = verifier-pointer-argument
    70
    Kernels before 5.12 take no pointers as arguments of global functions.
    Declare the function `static __noinline`.
    `type PTR in first() is not supported yet`: before 5.12 global functions take numbers and the context only.

    ```c
    static __noinline int first(struct entry *entry) { return entry ? entry->count : 0; }
    ```
    = verifier-map-bounds
    70
    The access is outside of a value of the map.
    Compare the index with the size, right before the access.
    `invalid access to map value, value_size=64 off=64 size=8`: the index can be one more than the last element, or larger.

    ```c
    struct entry *value = bpf_map_lookup_elem(&entries, &key);
    if (!value) return 0;
    if (index >= sizeof(value->slots) / sizeof(value->slots[0])) return 0;  /* >= and not > */
    value->slots[index]++;
    ```
    = verifier-memory-bounds
    70
    The access is outside of the memory that the pointer leads to.
    Bound the index and the size by those of the memory.
    `invalid access to memory, mem_size=16 off=16 size=8`: memory that a call gave, such as room in a ring buffer, has as many bytes as were asked for.

    ```c
    struct entry *event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);
    if (!event) return 0;
    event->count = 1;
    bpf_ringbuf_submit(event, 0);
    ```
    = verifier-stack-bounds
    70
    The access is outside of the stack of its function.
    Give helpers the size of the variable, and bound the index by it.
    `invalid indirect access to stack R1 off=-16 size=32`: the helper is given a larger size than the variable has, or an index goes beyond it.

    ```c
    bpf_get_current_comm(buffer, sizeof(buffer));  /* refused: bpf_get_current_comm(buffer, 128) */
    ```
    = verifier-packet-bounds
    70
    The packet may be shorter than what is read or written.
    Compare with `data_end` before the access.
    `invalid access to packet, off=14 size=1`: each access must be behind a comparison with `data_end`, on the same path. A helper that may move the packet, such as `bpf_xdp_adjust_head()`, makes all pointers into it invalid: read `data` and `data_end` again behind it.

    ```c
    unsigned char *data = (void *)(long)xdp->data, *end = (void *)(long)xdp->data_end;
    if (data + 15 > end) return XDP_PASS;  /* refused without this line */
    return data[14] == 0 ? XDP_DROP : XDP_PASS;
    ```
    = verifier-context-access
    70
    The context of this type of program has nothing there that may be accessed.
    Access members by their names, those that the type has.
    `invalid bpf_context access off=64 size=8`: the context has other members for this type of program, or this one has another size, or may only be read. A context whose address was changed cannot be read at all.

    ```c
    u32 mark = skb->mark;  /* by its name, in its size */
    skb->mark = mark + 1;
    ```
    = verifier-kernel-type
    70
    The access does not fit the structure of the kernel.
    Read it with `BPF_CORE_READ()`.
    `access beyond struct task_struct at off 9784 size 8`: the structure is another one in this kernel, or the pointer was calculated. CO-RE finds the place of a member by its name.

    ```c
    int pid = BPF_CORE_READ(task, pid);
    ```
    = verifier-variable-offset
    70
    The place of an access to the stack or the context depends on a variable.
    Bound the index with a constant, or keep what is indexed in a map.
    `invalid unbounded variable-offset write to stack R1`, `variable ctx access`: arrays on the stack want an index that is bounded by a constant, the context one that is a constant.

    ```c
    buffer[index & (sizeof(buffer) - 1)] = 1;  /* a size that is a power of two */
    ```
    = verifier-unbounded-index
    70
    An index or offset has no bounds that the verifier knows.
    Make it unsigned and compare it with the size, right before the access.
    `R0 unbounded memory access, make sure to bounds check any such access`: nothing says how large the index is. The comparison must be of the variable that is used, and unsigned.

    ```c
    struct entry *value = bpf_map_lookup_elem(&entries, &key);
    if (!value || index >= 8) return 0;
    value->slots[index]++;
    ```
    = verifier-size-range
    70
    The size that a helper is given has no upper bound, or may be negative.
    Make it unsigned and bound it, right before the call.
    `R2 unbounded memory access, use 'var &= const' or 'if (var < const)'`, `R2 min value is negative`: the size comes from a variable. The kernel says the second of any number of which it knows nothing, whether it has a sign or not; the message says "may be negative" only where the number has a bound above.

    ```c
    if (size > sizeof(buffer)) size = sizeof(buffer);
    bpf_probe_read_user(buffer, size, (void *)address);
    ```
    = verifier-misaligned
    70
    The address is not a multiple of the size of the access.
    Align the member, or copy it with `__builtin_memcpy()`.
    `misaligned packet access off 2+(0x0; 0x0)+14+0 size 4`: on some machines, and always on the stack and in maps, an access lies at a multiple of its size.

    ```c
    u32 copy;
    __builtin_memcpy(&copy, buffer + 1, sizeof(copy));
    ```
    = verifier-read-only
    70
    What is written to may only be read.
    Copy it and change the copy, or make the variable not `const`.
    `write into map forbidden`, `R1 cannot write into rdonly_mem`: `const` variables, the structures of the kernel, and what iterators are given may be read.

    ```c
    u32 limit = constant_limit;  /* a copy, which may be changed */
    limit++;
    ```
    = verifier-register-unset
    70
    A value is used that was never set on this path.
    Give the variable a value on every path, and let every function return one.
    `R2 !read_ok`: a variable has no value on this path, or a function that returns something ends without. `R0 !read_ok` at the end is a missing `return`. A program has one argument, the context: the message names an argument that is declared beside it, and the macro, such as `BPF_KPROBE`, that reads it out of the context.

    ```c
    u64 number = 0;  /* a value on each path */
    if (size > 4) number = size;
    return number;
    ```
    = verifier-pointer-arithmetic
    70
    The arithmetic is not allowed on a pointer of this kind.
    Compute the offset as a number first, and add it once.
    `R1 pointer arithmetic with *= operator prohibited`, `math between ctx pointer and 4096 is not allowed`: a pointer takes a number within its memory, added or taken away once.

    ```c
    struct entry *value = bpf_map_lookup_elem(&entries, &key);
    if (!value || index >= 8) return 0;
    u64 *slot = value->slots + index;  /* the offset first, then one addition */
    *slot = 1;
    ```
    = verifier-pointer-leak
    70
    An address of the kernel would leave the program, which lacks `CAP_PERFMON`.
    Load it with `CAP_BPF` and `CAP_PERFMON`, or store numbers.
    `R0 leaks addr into map`: a program without `CAP_PERFMON` may not show where the kernel lies, and has more rules for pointers besides.

    ```c
    u32 pid = bpf_get_current_pid_tgid() >> 32;  /* a number that means the same, and no address */
    bpf_map_update_elem(&pids, &key, &pid, BPF_ANY);
    ```
    = verifier-mixed-pointers
    70
    One access would reach two kinds of memory.
    Keep the accesses of the two branches apart.
    `same insn cannot be used with different pointers`: the compiler joined the ends of two branches. An empty piece of assembler keeps it from that.

    ```c
    u32 mark = skb->mark;
    asm volatile("" : "+r"(mark));
    return mark;
    ```
    = verifier-untrusted-pointer
    70
    The object behind the pointer may be freed meanwhile.
    Take a reference first, or read it within `bpf_rcu_read_lock()`.
    `R1 must be referenced or trusted`: kernel functions that keep or change an object want a pointer that is sure to stay valid.

    ```c
    struct task_struct *held = bpf_task_acquire(task);
    if (!held) return 0;
    bpf_task_release(held);
    ```
    = verifier-reference-leak
    70
    What was acquired is not given back on every path.
    Give it back before every return.
    `Unreleased reference id=2 alloc_insn=8`: room in a ring buffer, a socket or a task is held where the program ends. The first place is the last line before the end, such as the condition of the branch that returns, and the secondary place is the call that acquired it.

    ```c
    struct entry *event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);
    if (!event) return 0;
    if (size > 8) {
        bpf_ringbuf_discard(event, 0);  /* refused without this line */
        return 0;
    }
    event->count = size;
    bpf_ringbuf_submit(event, 0);
    ```
    = verifier-reference-not-held
    70
    Something is given back that is not held on this path, or used after it was given back.
    Use it before, and release it once, with the pointer that the call returned.
    `func bpf_sk_release#86 reference has not been acquired before`: it was given back already, was never acquired, or the pointer is another one. Behind the call that gives it back the pointer is a mere number (`R6 invalid mem access 'scalar'`), and may be neither read nor written through.

    ```c
    struct entry *event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);
    if (!event) return 0;  /* there is nothing to give back here */
    event->count = 1;
    bpf_ringbuf_submit(event, 0);  /* once */
    ```
    = verifier-lock
    70
    A lock, or RCU, preemption or interrupts, is not used in its pair.
    Leave it before every return and before calls.
    `bpf_spin_unlock is missing`, `function calls are not allowed while holding a lock`: between the two calls there are a few accesses, and nothing else.

    ```c
    struct locked *value = bpf_map_lookup_elem(&locked, &key);
    if (!value) return 0;
    bpf_spin_lock(&value->lock);
    value->count++;
    bpf_spin_unlock(&value->lock);
    ```
    = verifier-sleeping
    70
    A call may sleep where the program must not.
    Use a section for programs that may sleep, or another helper.
    `helper call might sleep in a non-sleepable prog`: programs that may sleep say so by their section, such as `lsm.s/`, `fentry.s/` and `uprobe.s/`; others take the helper that does not wait.

    ```c
    bpf_probe_read_user(buffer, sizeof(buffer), (void *)address);  /* in place of bpf_copy_from_user() */
    ```
    = verifier-special-field
    70
    A lock, timer or kernel pointer in a value of a map is not used as it must be.
    Declare the map with its types, and pass the address of the member to its helper.
    `map 'locks' has to have BTF in order to use bpf_spin_lock`, `tracing progs cannot use bpf_spin_lock yet`: the kernel finds the member by the type of the map's value. Programs on probes have no locks before 6.x; atomic operations do for counters. They have no timers either. The message names the map whose values have the member.

    ```c
    struct {
        __uint(type, BPF_MAP_TYPE_HASH);
        __uint(max_entries, 64);
        __type(key, u32);
        __type(value, struct locked);  /* a type, and no size */
    } locks SEC(".maps");
    ```
    = verifier-dynptr
    70
    A dynptr is not in the state that the call wants.
    Make it first, check the result, and do not use it after it was given back.
    `Expected an initialized dynptr as arg #3`: the call that makes it may fail, what it points to may be given back, and the variable must not be copied.

    ```c
    struct bpf_dynptr ptr;
    if (bpf_ringbuf_reserve_dynptr(&events, sizeof(buffer), 0, &ptr)) {
        bpf_ringbuf_discard_dynptr(&ptr, 0);
        return 0;
    }
    bpf_dynptr_write(&ptr, 0, buffer, sizeof(buffer), 0);
    bpf_ringbuf_submit_dynptr(&ptr, 0);
    ```
    = verifier-iterator
    70
    An iterator is not in the state that the call wants.
    Use `bpf_for_each()`, or end it on every path.
    `expected an initialized iter_num as arg #1`: an iterator is used before it was made, after it was ended, or is not ended.

    ```c
    struct bpf_iter_num it;
    bpf_iter_num_new(&it, 0, 10);
    while (bpf_iter_num_next(&it))
        count++;
    bpf_iter_num_destroy(&it);  /* on every path */
    ```
    = verifier-argument-type
    70
    A call is given a value of another kind than it takes.
    Pass what the call takes.
    `R2 type=scalar expected=fp, pkt, map_value`: a number is passed for an address, or the other way round, or a pointer of another kind. Keys and values are passed by their addresses. `R2 is not a known constant`: the size for `bpf_ringbuf_reserve()` must be a constant, and no bound makes a variable one; `bpf_ringbuf_output()` and `bpf_ringbuf_reserve_dynptr()` take a variable.

    ```c
    bpf_map_lookup_elem(&entries, &key);  /* refused: bpf_map_lookup_elem(&entries, (void *)key) */
    ```
    = verifier-function-arguments
    70
    A global function of the program is given what it does not take.
    Declare the function `static`.
    `Caller passes invalid args into func#1`: a global function (one without `static`) is looked at by itself, and takes any pointer of its type, also NULL.

    ```c
    static __noinline int second(struct entry *entry, u32 size) { return entry->count + size; }
    ```
    = verifier-kfunc-refused
    70
    The kernel offers the function to other types of programs.
    Call it in a program of such a type, or use a helper.
    `calling kernel function bpf_task_acquire is not allowed`: functions of the kernel are offered to some types of programs only, such as tracing, struct_ops or xdp.

    ```c
    if (bpf_ksym_exists(bpf_task_acquire))
        task = bpf_task_acquire(task);
    if (task) bpf_task_release(task);
    ```
    = verifier-tail-call
    70
    A tail call stands where none may be.
    Make it in the program itself, with the map written directly.
    `tail_call abusing map_ptr`, `tail_calls are not allowed when call stack of previous frames is 288 bytes`: the map is to be known when the program is loaded, and functions that call one that makes a tail call may use 256 bytes of stack; the message lists what each function uses.

    ```c
    bpf_tail_call(ctx, &programs, index);  /* the map itself, in the program itself */
    return 0;
    ```
    = verifier-callback
    70
    A callback is not one that the kernel takes, or returns what it must not.
    Write it `static`, and return 0 or 1.
    `callback function not static`, `At callback return the register R0 has value (0x2; 0x0)`: a callback of `bpf_loop` or `bpf_for_each_map_elem` returns 0 to go on and 1 to stop.

    ```c
    static long stop_at_ten(u32 index, void *data) { return index >= 10 ? 1 : 0; }
    ```
    = verifier-return-value
    70
    The program returns a value that its type must not return.
    Return a constant of the range on every path.
    `At program exit the register R0 has smin=2 smax=2 should have been in [0, 1]`: programs on control groups return 0 or 1, those on LSM hooks 0 or an errno below 0. A program returns 32 bits: what kernels show as 4294967295 is -1.

    ```c
    return size > 64 ? 0 : 1;  /* constants of the range */
    ```
    = verifier-unreachable
    70
    Instructions can never be reached.
    Remove what stands behind an endless loop or a trap.
    `unreachable insn 3`: code behind an endless loop or a trap. Compilers make it of paths that they take for impossible.

    ```c
    if (size > 64) return 0;  /* in place of __builtin_unreachable() */
    ```
    = verifier-jump
    70
    A path leads out of its function.
    Let every path return, and compile again.
    `last insn is not an exit or jmp`, `jump out of range`: a function ends without a return.

    ```c
    return 0;
    ```
    = verifier-call-depth
    70
    Functions call each other too deep, or themselves.
    Inline some of them, and turn recursion into a loop.
    `the call stack of 9 frames is too deep`: at most 8 functions call each other, and none itself. Recursion is named with the call that closes the circle, on every kernel; inlining is no help there, and a loop with a bound is.

    ```c
    static __always_inline int third(u32 size) { return size + 1; }
    ```
    = verifier-jit
    70
    The program needs the compiler of the kernel (JIT).
    `sysctl net.core.bpf_jit_enable=1`
    `JIT does not support calling kernel function`: kernel functions and callbacks need the compiler, which is off (`sysctl net.core.bpf_jit_enable=1` turns it on) or not there for this processor.
    = verifier-packet-load
    70
    The old loads of packet bytes are not allowed there.
    Read with `bpf_skb_load_bytes()`.
    `BPF_LD_[ABS|IND] instructions not allowed for this program type`: `load_byte()` and its like are for sockets and tc.

    ```c
    unsigned char byte = 0;
    bpf_skb_load_bytes(skb, 14, &byte, sizeof(byte));
    ```
    = verifier-attach-target
    70
    The program does not fit the function, hook or program that it is for.
    Write the arguments as the target has them, or name another target.
    `attach_btf_id 12 is not a function`, `first() has 2 args while second() has 1 args`: an `freplace` program has the arguments of the function that it stands in for, and `fentry` programs go to functions that the BTF of the kernel has. `vfs_read() is not modifiable`: `fmod_ret` programs go only to functions that the kernel marks for error injection, and to `security_*`. `load-kp-bpf --verbose` shows what was found.
    = verifier-arena
    70
    Memory of an arena is not used as it must be.
    Declare such pointers with `__arena`, and use the map of the arena.
    `addr_space_cast insn can only be used in a program that has an associated arena`: the map must be used in the program, so that the kernel knows which arena is meant.
    = core-missing
    70
    The program uses a type, member or enumerator that this kernel does not have.
    Guard the access with `bpf_core_field_exists()`, or name it as this kernel has it.

    = kfunc-unguarded
    70
    A `__weak` function that the kernel does not have can be called.
    Guard the call with `bpf_ksym_exists()`.

    = program-refused
    69
    The kernel does not load the program, and it was not the verifier that refused it.
    Use a kernel with what the message names.

    = load-interrupted
    69
    The load was asked to end.
    Load it again.

    = types-refused
    69
    The kernel does not take the BTF.
    The message has the kernel's answer.

    = test-run-refused
    69
    The program cannot be run by `BPF_PROG_TEST_RUN`.
    Give it the input that programs of its type take.

    = statistics-refused
    69
    The kernel does not count the runs of programs.
    `sysctl kernel.bpf_stats_enabled=1`

    = no-such-function
    78
    The kernel has no function of that name.
    Take a name that is near, or load the module that has it.

    = function-ambiguous
    78
    Several functions of the kernel have that name.
    Choose one by its module, number or address.

    = function-copy-unknown
    78
    None of the functions of that name is the one that was chosen.
    Choose one of those that the message lists.

    = function-indistinguishable
    78
    Functions of one name cannot be told apart, since their addresses are hidden.
    Run as root, with `sysctl kernel.kptr_restrict=1` or `0`.

    = function-forbids-probes
    78
    The kernel keeps probes off the function.
    Probe a function that calls it.

    = functions-too-many
    64
    A pattern means more functions than one program goes to.
    Name fewer.

    = function-not-in-types
    78
    The kernel has the function, and its BTF does not describe it.
    Attach a kprobe to it.

    = offset-beyond-function
    78
    The offset lies beyond the end of the function.
    Take a smaller offset, or none.

    = probe-refused
    78
    The kernel takes no probe at this place.
    Take another place; the message has the reason.

    = no-such-tracepoint
    78
    The kernel has no such tracepoint.
    Take a name that is near, or load the module that has it.

    = no-such-trace-event
    78
    The kernel has no such trace event.
    See `available_events` in tracefs.

    = no-such-system-call
    78
    The kernel has no such system call.
    See the names in syscalls(2).

    = no-such-iterator
    78
    The kernel has no such iterator.
    Let the object go on without it: `SEC("?iter/…")`.

    = no-such-process
    78
    There is no such process, or /proc does not show it.
    See the processes: `ps -e`.

    = no-such-user-file
    78
    The program or library to trace cannot be found or opened.
    Write its path.

    = user-file-stripped
    78
    The program or library has no symbols, and no debug file of it is there.
    Install its debug symbols, or name an offset.

    = no-such-user-function
    78
    The program or library has no function of that name.
    Take a name that is near, or name an offset.

    = user-function-ambiguous
    78
    The program or library has several functions of that name.
    Name one by its offset.

    = user-function-chosen
    78
    The function only chooses another one when the program starts (`STT_GNU_IFUNC`).
    Name one of the functions that it chooses from.

    = user-offset-outside
    78
    The offset is not in the function, or not in the code of the file.
    Take a smaller offset.

    = no-such-user-tracepoint
    78
    The program or library has no such static tracepoint.
    See all: `load-kp-bpf --list usdt:FILE`.

    = user-file-malformed
    65
    The program or library to trace is damaged, or no ELF file.
    Install the file anew.

    = tracepoint-specs-full
    64
    The map for the arguments of static tracepoints has no room for all of them.
    Give the map more entries.

    = no-links-pinned
    64
    No link is pinned in the directory.
    Name the directory that the links were pinned in.

    = uprobes-unsupported
    69
    The kernel has no probes on user programs, or none that count who traces.
    Use a kernel with `CONFIG_UPROBE_EVENTS`.

    = uprobe-session-unsupported
    69
    The kernel has no programs that run at entry and return of a user function.
    Use two programs: `SEC("uprobe")` and `SEC("uretprobe")`.

    = cookies-unsupported
    69
    The kernel has no cookies, and no process runs the file whose addresses would serve.
    Start the program that is to be traced first.

    = no-such-target
    78
    The kernel does not have what the program is to be attached to.
    Name another target, or let the program be left out: `SEC("?…")`.

    = no-place-for-any
    78
    The kernel has no place for any of the programs.
    Take an object that is for this kernel.

    = arguments-not-read
    78
    The kernel has a system call behind a wrapper only, and the loads of arguments in the program cannot be turned to the registers of the user.
    Write `BPF_KSYSCALL(...)`; `--raw-args` attaches the program as it is ([2018.md](2018.md#arguments-of-system-calls)).

    = probe-source
    65
    The Swift compiler refuses a probe.
    Correct the line; the message is the compiler's own.

    = probe-toolchain
    66
    No Swift toolchain is found, or a step of it fails without a word on the probe.
    Install a toolchain from swift.org (tested: 6.3.1), or name its directory with `--toolchain`.

    = probe-toolchain-untrusted
    77
    Another user could change the compiler, so it is not run.
    Compile the probe as its user (`--compile`), and load the object as root; or name another toolchain.

    = probe-no-program
    65
    No function of a probe has a section.
    Write `@section("kprobe/FUNCTION")` in front of the function.

    = probe-name
    65
    A name of a probe cannot stand in an object: a word of C, letters beyond ASCII, the name of its section, or one that something else has.
    Choose another name.

    = probe-map-definition
    65
    The definition of a map is not a constant.
    Write numbers or constants for its arguments.

    = probe-event-type
    65
    A key, a value, an event or a variable has a type that C does not have: an optional, a tuple, an enumeration with payload or with one case, `String`, `Array`, `Double`.
    Write integers, `Bool`, `Text<N>`, `InlineArray`, enumerations without payload, and structs of them.

    = probe-global
    65
    The first value of a variable is computed when the program runs, or the compiler dropped a license that nothing uses.
    Write a constant, and give the variable its value in a function; write `@used` in front of a license.

    = probe-allocation
    65
    A probe would allocate memory or count references: for a class, `Array`, `String`, a closure that stays.
    Use structs, `InlineArray`, `Text<N>` and maps.

    = probe-floating-point
    65
    A probe uses floating point, which BPF does not have.
    Use integers in a smaller unit.

    = probe-division
    65
    A probe divides signed integers by a variable.
    Divide numbers of the type `UInt64`.

    = probe-stack
    65
    A program needs more than 512 bytes of stack.
    Keep large values in a map (`PerCPUArray`) or in the room of a ring buffer.

    = probe-recursion
    65
    A function of a probe calls itself.
    Write a loop.

    = probe-trap
    65
    A probe would trap: `fatalError`, `precondition`, `!`, an index that is always out of range.
    Return in place of it, or compile with `--checked`.

    = probe-arguments
    65
    A function that is not inlined takes more than five numbers or returns more than one; or a program takes more than its context.
    Pass a struct by `inout`, or write `@inline(__always)`.

    = probe-existential
    65
    A probe calls through a protocol type (`any P`) that is known only when it runs.
    Write a generic parameter, or an enumeration of the types.

    = probe-function-pointer
    65
    A probe calls a function by a pointer.
    Write a `switch` over the functions, or a generic parameter.

    = probe-operation
    65
    A probe needs an operation or a function that BPF does not have.
    Write it in another way; the message has what clang says.

    = attach-refused
    69
    The kernel does not attach the program.
    The message has the kernel's answer.

    = hook-taken
    75
    Another program has the hook, which takes no more.
    End the other one.

    = event-fields-exceeded
    69
    The program reads beyond the fields that the trace event has in this kernel.
    Compare its context with the event's file `format` in tracefs.

    = no-kprobes
    69
    The kernel shows no way to make a probe.
    Mount tracefs, or use a kernel with `CONFIG_KPROBES` and `CONFIG_KPROBE_EVENTS`.

    = detach-failed
    69
    A probe stays behind in tracefs.
    The next start removes it.

    = link-unsupported
    69
    What was attached is not held by a link in this kernel.
    Keep the process running in place of a pin.

    = link-read-failed
    69
    What the program of an iterator writes cannot be read.
    The message has the kernel's answer.

    = link-update-refused
    69
    The link keeps its program.
    Attach the new program, and let the old link go.

    = ring-open-failed
    69
    A ring cannot be opened.
    The message has the kernel's answer.

    = ring-memory
    74
    There is no memory for the ring.
    Make it smaller, or raise the limits of memory.

    = ring-wait-failed
    74
    The process cannot wait for events.
    The message has the kernel's answer.

    = ring-slots
    65
    The map has fewer slots than the machine has CPUs.
    Have the map made anew.

    = ring-other-type
    65
    The map is not one that events are read from.
    Name a perf event array or a ring buffer.

    = ring-overwrites
    65
    The programs write over what nobody has read: the ring buffer cannot be drained.
    Take its newest events: `bpf-eventd --last SIZE`.

    = ring-frozen
    77
    The ring buffer is frozen, and its reader must write to it.
    Leave the map unfrozen.

    = ring-read-only
    77
    The ring buffer was opened for reading only, and its reader must write to it.
    Open it for reading and writing.

    = ring-second-reader
    74
    Another process reads the ring buffer.
    End the other reader.

    = ring-damaged
    65
    The memory of the ring buffer cannot be true.
    Have one reader at a time, and make the ring buffer anew.

    = map-drained
    75
    Another daemon drains the map.
    End it, or take the map over.

    = takeover-stalled
    75
    The daemon that was asked to end still has the map.
    End it by hand.

    = takeover-failed
    69
    The daemon that has the map cannot be ended.
    The message has the kernel's answer.

    = stream-truncated
    65
    The event stream ends within a frame.
    Every frame before it is whole.

    = frame-too-large
    65
    A frame claims more bytes than a frame can have.
    This is no event stream, or it is damaged.

    = capture-version
    65
    The capture was written by later tools.
    Read it with the version that wrote it.

    = capture-preamble-too-large
    65
    The description of the events does not fit into a capture.
    Give an object whose BTF is smaller.

    = capture-damaged
    65
    Bytes of the capture cannot be read and are skipped, or the capture ends within a block.
    What is sound is read.

    = capture-incomplete
    65
    Blocks of the capture are missing.
    Give all its files.

    = capture-byte-order
    65
    The events come from a machine of the other byte order.
    Print them on such a machine.

    = event-type-undecodable
    65
    Events of the type cannot be decoded.
    Name another type, or describe the event.

    = event-text-too-long
    65
    An event makes more text than is printed.
    Choose fields, or write the events as they are.

    = lines-lost
    65
    More of the same was counted than is told line by line.
    Read the lines before.

    = input-is-object
    65
    The input is an object file and no stream of events.
    Give it as the object, and the events as the input.

    = input-unreadable
    66
    The input cannot be opened or read.
    Correct the path, or the permissions of the file.

    = input-too-large
    65
    The file is larger than is read.
    Give another file.

    = input-failed
    74
    Reading failed in the middle.
    The message has the system's answer.

    = output-failed
    74
    Writing failed.
    The message has the system's answer.

    = dump-failed
    74
    A dump of the newest events was not written.
    The message has the cause; recording goes on.

    = output-refused
    74
    The output cannot be opened, or is nothing to write events to.
    Name a file, a FIFO, a socket or `-`.

    = element-too-large
    65
    The elements of the map are larger than a capture can hold.
    Use a map with smaller values.

    = output-of-others
    65
    The output holds something else than what would be added to it.
    Name another file.

    = output-abandoned
    74
    The daemon was told to end at once, before the reader took everything.
    Let the reader take more, or end it with one signal.

    = types-not-loaded
    0
    The object's types are not loaded into the kernel.
    The programs work; tools see no types.

    = instruction-rewritten
    0
    An instruction is loaded in the form of older kernels.
    Nothing.

    = map-large
    0
    The map is large, and the kernel makes room for all of it.
    Make it smaller.

    = map-full
    0
    The map is full, or so nearly that elements make room for others. Updates with new keys fail in the programs, or older elements go; the kernel counts neither.
    Give it more entries.

    = map-created-empty
    0
    Nothing was pinned at the path: an empty map was made.
    Have a program use it.

    = map-unused
    0
    No loaded program uses the map.
    Load the program whose map it is.

    = map-never-used
    0
    No function of the object uses the map, and it has no pin by which others would.
    Remove it, or use it.
    No function of the object uses the map, and no pin leads others to it. The kernel makes room for it all the same. Remove it, or use it; of maps that user space alone fills, `--no-warn map-never-used` silences the warning.
    = map-typed
    0
    How the elements of a map are decoded.
    Nothing.

    = snapshot-unsteady
    0
    Keys may be missing from a snapshot of the map.
    Make the map larger.

    = snapshots-skipped
    0
    Snapshots of the map are skipped, as there is no time for them.
    Read it less often.

    = metrics-limited
    0
    Elements of the map are not in the metrics, as there are too many.
    Raise the limit, or count by less.

    = metrics-without-numbers
    0
    The values of the map have no numbers that could be metrics.
    Leave the map out.

    = user-functions-matched
    0
    A pattern means these functions of a program or library.
    Nothing.

    = tracepoint-argument-unread
    0
    An argument of a static tracepoint is written in a form that cannot be read.
    Do without this argument.

    = pin-kept
    0
    A pinned map is used as it is, and not filled again.
    Remove the pin to begin anew.

    = pinning-unknown
    0
    The value of `pinning` is none that is known; the map is pinned at the root.
    Write 1 or 2.

    = map-size-assumed
    0
    The map does not say how many entries it has, and got a usual number.
    Set another one: `--map-size MAP=N`.

    = bpffs-mounted
    0
    A bpf file system was mounted.
    Nothing.

    = slot-empty
    0
    A slot of a program array stays empty, since its program is not loaded.
    Load it too.

    = data-pointers-null
    0
    Pointers in data stay as the file has them.
    Use arrays in place of pointers.

    = kconfig-text-cut
    0
    A text of the configuration is longer than the variable.
    Declare it longer.

    = license-assumed
    0
    The object has no license.
    Write one.

    = section-unused
    0
    A section of the object is not used.
    Nothing, if it is not needed.

    = section-unreadable
    0
    A section of the object cannot be read and is not used.
    Compile the object again.

    = program-not-loaded
    0
    A program is not loaded.
    Name what it is for, or choose it.

    = program-optional
    0
    Programs are left out, since their sections begin with `?`.
    Choose them by name.

    = program-not-attached
    0
    A program is loaded and not attached.
    Name its target, or load some of the programs only.

    = program-not-in-kernel
    0
    A program is left out or does nothing, since this kernel lacks something.
    Nothing, if it can be done without.

    = programs-twice
    0
    Several programs run for the same events.
    Choose one of them, if they are alternatives.

    = event-bytes-unset
    0
    A program sends an event of which some bytes were never written, on a way that it can take.
    Clear the structure before its members are set.
    On a way that the program can take, some bytes of the event are written by nothing: the compiler's padding between members, or a member that is not set. What the kernel's stack held there goes to user space, and kernels before 6.3 refuse the program (`invalid indirect read from stack`). A structure in braces (`= {}`) need not clear its padding.

    ```c
    __builtin_memset(buffer, 0, sizeof(buffer));  /* all of the event, before its members are set */
    ```
    = event-size-differs
    0
    A program sends an event that is shorter than the type that the source names for its map.
    Send all of it, or name the type that is sent.
    The source names a type for the events of a map (`BPF_EVENT`, or the value type of the map's definition), and a program sends fewer bytes than it has, which do not end where a member does, or are as many as a pointer has: the size of something else. Readers take the event for that type, and the members behind its end are missing. Types that are told apart by a field are not looked at.

    ```c
    bpf_ringbuf_output(&events, buffer, sizeof(buffer), 0);  /* not the size of what points to it */
    ```
    = kernel-offset-fixed
    0
    A program reads a structure of the kernel at an offset that no CO-RE relocation tells.
    Read it with `BPF_CORE_READ`.
    The code adds a number to the address of a structure of the kernel, such as `struct task_struct`, and reads there; the object has no CO-RE relocation for the place. The number is right for the kernel whose headers the program was compiled with, and others have something else there. Structures that are part of the interface to user space are not looked at. For a program that runs on one kernel only, `--no-warn kernel-offset-fixed` silences the warning.

    ```c
    struct task_struct *running = (void *)bpf_get_current_task();
    int thread = BPF_CORE_READ(running, pid);  /* with a vmlinux.h, or preserve_access_index */
    ```
    = cpu-value-alone
    0
    A program reads one CPU's value of a map that has one for each.
    Read them with `bpf_map_lookup_percpu_elem`.
    The program is an iterator, or is called by user space, and looks an element of a per-CPU map up. It gets the value of the CPU that it runs on, and what other CPUs counted is missing. Programs that also write to the map are not looked at: they may use it for themselves.

    ```c
    struct large *of_first = bpf_map_lookup_percpu_elem(&scratches, &zero, 0);  /* of processor 0; Linux 5.19 */
    ```
    = return-value-unknown
    0
    A program returns a number that means nothing to the kernel, or something else than it looks like.
    Return one of the values that the type of the program has.
    The program returns a constant that means nothing to the kernel, or something else than it may look like.

    - XDP has the actions 0 to 4: the kernel drops packets of any other number, and counts them as errors.
    - Of a filter of traffic control (`tc`, `tcx`) the kernel takes `TC_ACT_UNSPEC` (-1), `TC_ACT_OK` (0), `TC_ACT_SHOT` (2), `TC_ACT_STOLEN` (4), `TC_ACT_REDIRECT` (7) and `TC_ACT_TRAP` (8). After any other number, 1 among them, it goes on with the next filter.
    - Hooks of the security modules (`lsm`) that decide whether something is permitted return 0 or a negative error number. A positive one may reach the caller as success; since Linux 6.12 the verifier refuses it.

    `--no-warn return-value-unknown` silences the warning.

    ```c
    return XDP_PASS;
    ```
    = function-renamed
    0
    The kernel has the function or type under another name.
    Nothing.

    = function-in-wrapper
    0
    The probe sits within the function that was named.
    Nothing.

    = syscall-arguments
    0
    The arguments of a system call lie elsewhere than the program may expect.
    Read them as the message says.

    = arguments-copied
    0
    The loads of arguments in a program read a copy of those of the system call, behind its wrapper.
    Nothing; `--raw-args` leaves the program as it is.

    = name-unchecked
    0
    The name of a function could not be checked.
    Let `/proc/kallsyms` be read.

    = module-types-skipped
    0
    The types of a module cannot be read and are passed over.
    Nothing.

    = tracefs-private
    0
    tracefs is mounted for this process only.
    Nothing.

    = probe-otherwise
    0
    The probe was made in another way than the first one tried.
    Nothing.

    = functions-attached
    0
    How many functions a program is attached to.
    Nothing.

    = functions-left-out
    0
    Functions that a pattern means and that take no program.
    Attach to functions that call them, if they matter.

    = maxactive-ignored
    0
    `maxactive` is left to the kernel.
    Mount tracefs.

    = alternative-left
    0
    A program is left out, since another one does the same for the same event.
    Name it, or take all, if both are wanted.

    = alternative-taken
    0
    The kernel refuses the better of two programs for the same event, and the other one is attached.
    Name the first to see why.

    = other-target
    0
    The kernel does not have the first target of several, and another one is taken.
    Nothing.

    = stale-probe-removed
    0
    A probe that a killed process left behind was removed.
    Nothing.

    = stale-probe-kept
    0
    A probe that a killed process left behind stays.
    Remove it.

    = stale-filter-removed
    0
    A filter of a network device that a killed process left behind was removed.
    Nothing.

    = struct-ops-incomplete
    0
    A structure is not registered, since not all of its programs are loaded.
    Load all of them, or none.

    = struct-ops-member-left
    0
    A program of struct_ops is left out, since this kernel's structure has no such member.
    Nothing, if the rest does without.

    = stale-structure-removed
    0
    A structure was registered by a process that is gone, and was taken off.
    Nothing.

    = cpu-changed
    0
    A CPU came online or went offline.
    Nothing.

    = ring-smaller
    0
    The rings have less memory than was asked for.
    Raise the limits of locked memory.

    = ring-record-unfinished
    0
    A program has not finished an event that it began, and later ones wait.
    Nothing.

    = ring-full
    0
    The ring buffer was full, and events may be lost.
    Make it larger.

    = losses-counted
    0
    The programs count what finds no room in a ring buffer.
    Nothing: losses are known.

    = losses-doubtful
    0
    Several maps may count the losses of a ring buffer.
    Name the map: `--lost-counts`.

    = losses-unreadable
    0
    What programs count of their losses cannot be read any more.
    Do without `--user`, or use Linux 5.19.

    = lost-before
    0
    Events were lost before the daemon read the ring buffer.
    Start the daemon earlier.

    = dump-condition-unmet
    0
    Events do not have what `--dump-when` asks for, or more were like that than were dumped for.
    Give the type of the events.

    = ring-record-impossible
    0
    Records of a ring had impossible lengths.
    Report it.

    = event-too-large
    0
    Events are larger than a capture can hold.
    Write frames.

    = events-late
    0
    Events came too late for the order of time.
    Nothing.

    = names-cut
    0
    The host has more names of users, groups or control groups than a capture tells.
    Nothing: the others are shown as numbers.

    = processes-untold
    0
    A capture does not have the code of some processes whose stacks it has.
    Nothing: their addresses stay numbers.

    = symbols-mismatched
    0
    Files here are of another build than those that the processes had, and are not used.
    Give the files of that build with `--symbols DIR`.

    = lines-unknown
    0
    Lines of source of stacks are not shown, or some of them.
    Look at the cause: install elfutils' libdw.

    = stacks-missing
    0
    Programs got no stack from the kernel, or one that the map no longer has.
    Make the map of stacks larger.

    = events-untyped
    0
    Nothing says what the events are.
    Name their type.

    = events-typed
    0
    How the events of a map are decoded.
    Nothing.

    = events-out-of-order
    0
    Not all events are in the order of time.
    Nothing.

    = programs-unknown
    0
    The capture will not say which programs send its events.
    Nothing.

    = terminal-output
    0
    Binary events go to a terminal.
    Print them.

    = terminal-input
    0
    Events are read from the terminal.
    Name a file.

    = drain-gap
    0
    Nobody drained the map for a while.
    Nothing.

    = lock-missing
    0
    Nothing keeps a second daemon from the map, or tells it that this one is alive.
    Let the directory be written.

    = account-failed
    0
    The account of events cannot be written.
    Look at the disk.

    = schema-store-failed
    0
    What the events are cannot be left for the reader of the map.
    Let the directory be written.

    = output-waiting
    0
    There is no room, and the events wait.
    Make room.

    = output-mended
    0
    The end of a file was not whole, and was cut off or moved away.
    Nothing.

    = output-not-linked
    0
    A name of the output could not be made or removed.
    Look at the directory.

    = capture-open-ended
    0
    The capture has no end.
    Nothing.

    = lines-cut
    0
    Fewer lines are shown than were asked for.
    Print all, and cut them with tail(1).

    = snapshot-incomplete
    0
    A snapshot of a map does not have all of its elements.
    Look at the reason in the message.

    = table-cut
    0
    Something of a map is not shown as it was asked for.
    Look at the message.

    = addresses-unnamed
    0
    Addresses of the kernel are shown as numbers.
    Give the symbols.

    = types-too-many
    0
    The capture has more types than are kept.
    Nothing.

    = program-report
    0
    The kernel reports of a program that runs (a fault in an arena, a loop or a lock that was ended), or the program itself prints to its stream of errors.
    Mend the program.

    = messages-dropped
    0
    Messages were not shown, since stderr stalled.
    Read stderr.

    = ended-early
    0
    A signal ended the tool before it began.
    Nothing.

    """##
