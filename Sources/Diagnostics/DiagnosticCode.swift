// SPDX-License-Identifier: Apache-2.0

extension Diagnostic {
    /// What went wrong, as a word that stays the same in all versions: what programs switch on.
    ///
    /// Each code has one cause, and one entry in `docs/diagnostics.md` that says what to do about it. Those of the last
    /// group are for warnings and notes alone; warnings may also have a code of an error that is passed over.
    public enum Code: String, Sendable, CaseIterable {
        // MARK: Command line and options

        /// The command line is not understood.
        case argumentsInvalid = "arguments-invalid"
        /// The tool has no option of that name.
        case optionUnknown = "option-unknown"
        /// An option takes a value, and none follows it.
        case optionValueMissing = "option-value-missing"
        /// An option does not take this value.
        case optionValueInvalid = "option-value-invalid"
        /// An option that takes no value was given one.
        case optionValueUnexpected = "option-value-unexpected"
        /// Options of a command line do not go together.
        case optionsExclusive = "options-exclusive"
        /// An option is of use with another one only.
        case optionAlone = "option-alone"
        /// A word that the tool needs is not on the command line.
        case argumentMissing = "argument-missing"
        /// Nothing is done with a word of the command line.
        case argumentUnexpected = "argument-unexpected"
        /// The object has no global variable of that name, or the variable has no such part.
        case globalUnknown = "global-unknown"
        /// The value that a global variable is to have is not one of its type.
        case globalValue = "global-value"
        /// A variable of this type cannot be set: a pointer, or a type without a size.
        case globalNotSettable = "global-not-settable"
        /// The object has no BTF, so its variables are not known.
        case globalWithoutTypes = "global-without-types"
        /// The variable is constant while programs run (`.rodata`, `const volatile`).
        case globalConstant = "global-constant"
        /// A variable is read as a Swift type of another size.
        case globalTypeDiffers = "global-type-differs"
        /// No loaded program uses the map of the variable.
        case globalNotLoaded = "global-not-loaded"
        /// A setting of a map is not written as it should be.
        case mapOptionForm = "map-option-form"
        /// The object has no map of that name.
        case mapUnknown = "map-unknown"
        /// The map holds the object's variables, so its size cannot be set.
        case mapSizeFixed = "map-size-fixed"
        /// There is no program of that name.
        case programUnknown = "program-unknown"
        /// The text is not a place for a probe.
        case probeForm = "probe-form"
        /// Neither the section nor the caller names what to attach the program to.
        case targetNotNamed = "target-not-named"
        /// A program is loaded for one target or kind of targets, and another one is asked for.
        case targetConflict = "target-conflict"
        /// The target takes programs of another type.
        case targetOfOtherType = "target-of-other-type"
        /// There is no such type of programs.
        case programTypeUnknown = "program-type-unknown"
        /// Programs of this kind are loaded and not attached here.
        case kindNotAttached = "kind-not-attached"
        /// A function was named, and by its section the program is not for functions.
        case programTakesNoFunction = "program-takes-no-function"
        /// No program of the object can be loaded or attached.
        case nothingToAttach = "nothing-to-attach"
        case nothingToShow = "nothing-to-show"
        /// Types that were given for a map are not of the sizes that its keys and values have.
        case mapTypeSize = "map-type-size"
        /// None of the maps is one that is read at times.
        case mapsOfEventsOnly = "maps-of-events-only"
        /// There is no format of that name.
        case formatUnknown = "format-unknown"
        /// The format is for values of another kind than the field has.
        case formatUnfit = "format-unfit"
        /// A template or a list of fields is not well-formed.
        case templateInvalid = "template-invalid"
        /// No event has a field of that name.
        case fieldUnknown = "field-unknown"
        /// A condition that chooses events is not well-formed, or does not fit their fields.
        case conditionInvalid = "condition-invalid"
        /// The field to sum up is not a number.
        case summaryNotNumber = "summary-not-number"
        /// The C text that describes an event cannot be read.
        case layoutInvalid = "layout-invalid"
        /// The object or the stream has no type of that name.
        case eventTypeUnknown = "event-type-unknown"
        /// The type has no size, so no event can be of it.
        case eventTypeSizeless = "event-type-sizeless"
        /// The object sends events to several maps, and nothing says which map is meant.
        case mapNotChosen = "map-not-chosen"
        /// The stream carries no types, so none can be chosen by name.
        case streamWithoutTypes = "stream-without-types"
        /// Events of several types come, and the output has one set of columns.
        case columnsDiffer = "columns-differ"
        /// The stream does not carry the time, CPU or process that was asked for.
        case contextNotCarried = "context-not-carried"
        /// There is no such user to run as.
        case userUnknown = "user-unknown"
        /// The user to run as is root, who has every privilege.
        case userIsRoot = "user-is-root"
        /// The path cannot be that of a pin.
        case pinPathInvalid = "pin-path-invalid"
        /// The arguments are in an order in which a file would be taken for a map.
        case outputNotLast = "output-not-last"
        /// Only a file on a disk can be rotated.
        case rotationNotFile = "rotation-not-file"
        /// The object has no perf event array and no ring buffer, so it sends no events.
        case noEvents = "no-events"

        // MARK: Object file

        /// The object file cannot be read.
        case objectUnreadable = "object-unreadable"
        /// The file is not an ELF file.
        case objectNotELF = "object-not-elf"
        /// The file is an ELF file, but not a BPF object: a program, a library, or code for another machine.
        case objectNotBPF = "object-not-bpf"
        /// The file contradicts itself: it was cut, changed, or written by a faulty tool.
        case objectDamaged = "object-damaged"
        /// The object is for machines of the other byte order.
        case objectByteOrder = "object-byte-order"
        /// A section of the object is compressed.
        case objectCompressed = "object-compressed"
        /// The license is longer than the kernel reads.
        case licenseTooLong = "license-too-long"
        /// The `version` section is not one number of 4 bytes.
        case versionSection = "version-section"
        /// The object has no section of that name.
        case sectionUnknown = "section-unknown"
        /// The section's name must tell what the program is attached to, and does not.
        case sectionNamesNoTarget = "section-names-no-target"
        /// What stands behind the slash of the section's name is not a target of its kind.
        case attachTargetForm = "attach-target-form"
        /// The program refers to a map or function by a number, which means nothing outside of the process that
        /// made it.
        case mapByNumber = "map-by-number"
        /// The program uses a symbol that the object does not define.
        case symbolUndefined = "symbol-undefined"
        /// The program uses data of a section that is not one for data.
        case dataSectionUnknown = "data-section-unknown"
        /// A section of data is larger than is loaded.
        case dataTooLarge = "data-too-large"
        /// The `maps` section does not have the form of any known map definition.
        case legacyMapsUnreadable = "legacy-maps-unreadable"
        /// The maps of section `.maps` are described by BTF, and the object has none of them.
        case mapsWithoutTypes = "maps-without-types"
        /// The declaration of a map in section `.maps` is not valid.
        case mapDeclaration = "map-declaration"
        /// The definition of a map has a member that is not known.
        case mapMemberUnknown = "map-member-unknown"
        /// The kernel takes no map of this name.
        case mapNameInvalid = "map-name-invalid"
        /// Two maps of the object have one name.
        case mapNameTwice = "map-name-twice"
        /// The program refers to the middle of a map's definition.
        case mapOffset = "map-offset"
        /// A program uses a map that was not created.
        case mapNotCreated = "map-not-created"
        /// A map of maps does not tell what its inner maps are like.
        case innerMapUnknown = "inner-map-unknown"
        /// An inner map holds maps itself; the kernel allows one level.
        case innerMapNested = "inner-map-nested"
        /// A value of the declaration goes to a slot that the map does not have.
        case mapSlotInvalid = "map-slot-invalid"
        /// Variables of address space 1 need one arena, and there are none or several.
        case arenaCount = "arena-count"
        /// The type of a `__kconfig` variable does not fit the option's value.
        case kconfigType = "kconfig-type"
        /// A CO-RE relocation is of a kind that this version does not know.
        case coreKindUnknown = "core-kind-unknown"
        /// A CO-RE relocation does not fit the object's own types or instructions.
        case coreRecordDamaged = "core-record-damaged"
        /// A CO-RE relocation is of a type without a name.
        case coreTypeAnonymous = "core-type-anonymous"
        /// An instruction accesses another number of bytes than the field has.
        case coreAccessSize = "core-access-size"
        /// The object does not describe the type: it has no BTF.
        case eventTypeUndescribed = "event-type-undescribed"
        /// The object has several types of one name.
        case eventTypeAmbiguous = "event-type-ambiguous"
        /// The type has more bytes than a ring takes, or reaches too many other types.
        case eventTypeTooLarge = "event-type-too-large"
        /// The type lies within itself, or leads to nothing.
        case eventTypeDamaged = "event-type-damaged"

        // MARK: Privileges and limits

        /// The kernel does not permit it: a capability is missing, or a setting forbids it.
        case notPermitted = "not-permitted"
        /// The process is in a user namespace, where even root lacks the machine's capabilities.
        case userNamespace = "user-namespace"
        /// A capability is missing.
        case capabilityMissing = "capability-missing"
        /// `kernel.perf_event_paranoid` asks for more than `CAP_PERFMON`.
        case perfEventParanoid = "perf-event-paranoid"
        /// The files of tracefs are closed to this user.
        case tracingFilesClosed = "tracing-files-closed"
        /// The kernel is locked down (confidentiality), which forbids probes to everybody.
        case lockdown
        /// The seccomp filter of a container or service forbids the call.
        case seccompFilter = "seccomp-filter"
        /// A security module such as SELinux or AppArmor may have refused it.
        case securityModule = "security-module"
        /// The limit of locked memory (`RLIMIT_MEMLOCK`) is reached.
        case memlockLimit = "memlock-limit"
        /// `kernel.kptr_restrict` hides the addresses of the kernel.
        case kernelAddressesHidden = "kernel-addresses-hidden"
        /// The process could not become another user.
        case privilegeDropFailed = "privilege-drop-failed"
        /// Privileges are left after the process became another user.
        case privilegeLeft = "privilege-left"
        /// Others could replace what is pinned there: the directory or the pin is not only root's, or the path
        /// leads through a symbolic link.
        case pinUntrusted = "pin-untrusted"
        /// The file that locks a map was not made by this user.
        case lockUntrusted = "lock-untrusted"
        /// The daemon that has the map cannot be ended by this user.
        case takeoverNotPermitted = "takeover-not-permitted"
        /// The memory limit of the process's cgroup is reached.
        case memoryCgroupLimit = "memory-cgroup-limit"
        /// The process has as many files open as it may (`RLIMIT_NOFILE`).
        case openFilesLimit = "open-files-limit"
        /// All processes together have as many files open as the machine allows.
        case openFilesOfMachine = "open-files-of-machine"
        /// There is no room left: on a file system, or for what the kernel has a fixed number of.
        case noSpace = "no-space"
        /// The file system is mounted read-only.
        case fileSystemReadOnly = "file-system-read-only"
        /// Reading or writing failed in the device.
        case ioError = "io-error"

        // MARK: Kernel

        /// The kernel is built without the system call.
        case systemCallMissing = "system-call-missing"
        /// The BPF compiler of the kernel is off.
        case jitDisabled = "jit-disabled"
        /// `kernel.ftrace_enabled` is 0, so that no function calls programs.
        case ftraceDisabled = "ftrace-disabled"
        /// All kprobes of the machine are switched off, or the kernel is built without.
        case kprobesDisabled = "kprobes-disabled"
        /// tracefs is not mounted.
        case tracefsMissing = "tracefs-missing"
        /// sysfs is not mounted.
        case sysfsMissing = "sysfs-missing"
        /// The list of the CPUs cannot be read.
        case cpuListUnreadable = "cpu-list-unreadable"
        /// A file of the kernel, in `/proc`, `/sys` or tracefs, cannot be read.
        case kernelFileUnreadable = "kernel-file-unreadable"
        /// A file of the kernel does not hold what it should.
        case kernelFileMalformed = "kernel-file-malformed"
        /// The output of `bpf_printk` cannot be followed.
        case traceOutputRefused = "trace-output-refused"
        /// The types of the kernel (BTF) are needed and cannot be read.
        case kernelTypesMissing = "kernel-types-missing"
        /// What was given as the kernel's BTF has none of this kernel, or cannot be read.
        case kernelTypesNotGiven = "kernel-types-not-given"
        /// What was given as the kernel's BTF is not BTF of a kernel.
        case kernelTypesMalformed = "kernel-types-malformed"
        /// The types of a module cannot be opened: it was unloaded.
        case moduleTypesGone = "module-types-gone"
        /// The kernel has no symbol of that name.
        case kernelSymbolMissing = "kernel-symbol-missing"
        /// The kernel has several symbols of that name.
        case kernelSymbolAmbiguous = "kernel-symbol-ambiguous"
        /// The kernel's BTF has no variable of that name.
        case kernelVariableMissing = "kernel-variable-missing"
        /// The kernel has no such function for BPF programs.
        case kfuncMissing = "kfunc-missing"
        /// The kernel's configuration does not have the option, or loaders have no such fact.
        case kconfigMissing = "kconfig-missing"
        /// The kernel has no such structure for programs of struct_ops, or it lacks a member that has a value.
        case structOpsUnsupported = "struct-ops-unsupported"
        /// A structure of programs of struct_ops is not as it must be in the object.
        case structOpsInvalid = "struct-ops-invalid"
        /// The kernel does not register a structure of programs of struct_ops.
        case structOpsRefused = "struct-ops-refused"
        /// The kernel took a structure off by itself.
        case structOpsEnded = "struct-ops-ended"
        /// Types of the kernel with this name give different answers to a CO-RE relocation.
        case coreAmbiguous = "core-ambiguous"
        /// The answer to a CO-RE relocation does not fit into the instruction.
        case coreAnswerRange = "core-answer-range"

        // MARK: Maps and pins

        /// The kernel does not create the map.
        case mapRefused = "map-refused"
        /// The map breaks a rule of its type, or the kernel is too old for it.
        case mapRuleBroken = "map-rule-broken"
        /// The map is larger than the kernel takes.
        case mapTooLarge = "map-too-large"
        /// The kernel has no memory for the map.
        case mapMemory = "map-memory"
        /// Elements of the map could not be read or written.
        case mapAccessFailed = "map-access-failed"
        /// The elements of a map of this type, or of one that changes too fast, cannot be listed.
        case mapNotListed = "map-not-listed"
        /// The kernel does not take the program or map into the slot.
        case mapSlotRefused = "map-slot-refused"
        /// The types of the map's keys and values are not known.
        case mapUntyped = "map-untyped"
        /// The map behind the pin does not match the object's map.
        case pinDiffers = "pin-differs"
        /// What is pinned there is of another kind: map, program or link.
        case pinOtherKind = "pin-other-kind"
        /// Something is pinned there already.
        case pinExists = "pin-exists"
        /// The kernel does not pin it.
        case pinRefused = "pin-refused"
        /// Other processes make and remove the pin at the same time.
        case pinContested = "pin-contested"
        /// The pin cannot be opened.
        case pinNotOpened = "pin-not-opened"
        /// The pin cannot be removed.
        case pinNotRemoved = "pin-not-removed"
        /// There is no bpf file system at that place.
        case bpffsMissing = "bpffs-missing"
        /// No bpf file system is mounted, and mounting one failed.
        case bpffsMountFailed = "bpffs-mount-failed"
        /// A directory for pins is not there, or cannot be made.
        case pinDirectoryFailed = "pin-directory-failed"
        /// No map, program, link or BTF has that id, or it cannot be opened.
        case idUnknown = "id-unknown"
        /// The kernel does not tell what it knows of a map, program, link or BTF.
        case infoRefused = "info-refused"

        // MARK: Programs

        /// The verifier refused the program; no narrower code fits.
        case verifierRefused = "verifier-refused"
        /// The pointer may be NULL: a lookup finds nothing at times.
        case verifierNullPointer = "verifier-null-pointer"
        /// A number is used as a pointer, such as one that was read from the kernel.
        case verifierNumberAsPointer = "verifier-number-as-pointer"
        /// What the program calls is for GPL-compatible programs.
        case verifierLicense = "verifier-license"
        /// The kernel does not have the helper, or not for programs of this type.
        case verifierHelperMissing = "verifier-helper-missing"
        /// The kernel is locked down, which takes the helper away.
        case verifierHelperLocked = "verifier-helper-locked"
        /// The program has what kernels know only since a later release.
        case verifierKernelTooOld = "verifier-kernel-too-old"
        /// The verifier does not see that a loop ends.
        case verifierLoop = "verifier-loop"
        /// The verifier followed as many instructions as it is willing to.
        case verifierTooComplex = "verifier-too-complex"
        /// Bytes of the stack that were never written would leave the program.
        case verifierStackUnset = "verifier-stack-unset"
        /// The program needs more than 512 bytes of stack.
        case verifierStackSize = "verifier-stack-size"
        /// The size that a helper is given may be 0.
        case verifierZeroSize = "verifier-zero-size"
        /// The helper is not for maps of this type.
        case verifierMapType = "verifier-map-type"
        /// Kernels before 5.12 take no pointers as arguments of global functions.
        case verifierPointerArgument = "verifier-pointer-argument"
        /// The access is outside of a value of the map.
        case verifierMapBounds = "verifier-map-bounds"
        /// The access is outside of the memory that the pointer leads to.
        case verifierMemoryBounds = "verifier-memory-bounds"
        /// The access is outside of the stack of its function.
        case verifierStackBounds = "verifier-stack-bounds"
        /// The packet may be shorter than what is read or written.
        case verifierPacketBounds = "verifier-packet-bounds"
        /// The context of this type of program has nothing there that may be accessed.
        case verifierContextAccess = "verifier-context-access"
        /// The access does not fit the structure of the kernel.
        case verifierKernelType = "verifier-kernel-type"
        /// The place of an access to the stack or the context depends on a variable.
        case verifierVariableOffset = "verifier-variable-offset"
        /// An index or offset has no bounds that the verifier knows.
        case verifierUnboundedIndex = "verifier-unbounded-index"
        /// The size that a helper is given has no upper bound, or may be negative.
        case verifierSizeRange = "verifier-size-range"
        /// The address is not a multiple of the size of the access.
        case verifierMisaligned = "verifier-misaligned"
        /// What is written to may only be read.
        case verifierReadOnly = "verifier-read-only"
        /// A value is used that was never set on this path.
        case verifierRegisterUnset = "verifier-register-unset"
        /// The arithmetic is not allowed on a pointer of this kind.
        case verifierPointerArithmetic = "verifier-pointer-arithmetic"
        /// An address of the kernel would leave the program, which lacks `CAP_PERFMON`.
        case verifierPointerLeak = "verifier-pointer-leak"
        /// One access would reach two kinds of memory.
        case verifierMixedPointers = "verifier-mixed-pointers"
        /// The object behind the pointer may be freed meanwhile.
        case verifierUntrustedPointer = "verifier-untrusted-pointer"
        /// What was acquired is not given back on every path.
        case verifierReferenceLeak = "verifier-reference-leak"
        /// Something is given back that is not held on this path.
        case verifierReferenceNotHeld = "verifier-reference-not-held"
        /// A lock, or RCU, preemption or interrupts, is not used in its pair.
        case verifierLock = "verifier-lock"
        /// A call may sleep where the program must not.
        case verifierSleeping = "verifier-sleeping"
        /// A lock, timer or kernel pointer in a value of a map is not used as it must be.
        case verifierSpecialField = "verifier-special-field"
        /// A dynptr is not in the state that the call wants.
        case verifierDynptr = "verifier-dynptr"
        /// An iterator is not in the state that the call wants.
        case verifierIterator = "verifier-iterator"
        /// A call is given a value of another kind than it takes.
        case verifierArgumentType = "verifier-argument-type"
        /// A global function of the program is given what it does not take.
        case verifierFunctionArguments = "verifier-function-arguments"
        /// The kernel offers the function to other types of programs.
        case verifierKfuncRefused = "verifier-kfunc-refused"
        /// A tail call stands where none may be.
        case verifierTailCall = "verifier-tail-call"
        /// A callback is not one that the kernel takes, or returns what it must not.
        case verifierCallback = "verifier-callback"
        /// The program returns a value that its type must not return.
        case verifierReturnValue = "verifier-return-value"
        /// Instructions can never be reached.
        case verifierUnreachable = "verifier-unreachable"
        /// A path leads out of its function.
        case verifierJump = "verifier-jump"
        /// Functions call each other too deep, or themselves.
        case verifierCallDepth = "verifier-call-depth"
        /// The program needs the compiler of the kernel (JIT).
        case verifierJIT = "verifier-jit"
        /// The old loads of packet bytes are not allowed there.
        case verifierPacketLoad = "verifier-packet-load"
        /// The program does not fit the function, hook or program that it is for.
        case verifierAttachTarget = "verifier-attach-target"
        /// Memory of an arena is not used as it must be.
        case verifierArena = "verifier-arena"
        /// The program uses a type, member or enumerator that this kernel does not have.
        case coreMissing = "core-missing"
        /// A `__weak` function that the kernel does not have can be called.
        case kfuncUnguarded = "kfunc-unguarded"
        /// The kernel does not load the program, and it was not the verifier that refused it.
        case programRefused = "program-refused"
        /// The load was asked to end.
        case loadInterrupted = "load-interrupted"
        /// The kernel does not take the BTF.
        case typesRefused = "types-refused"
        /// The program cannot be run by `BPF_PROG_TEST_RUN`.
        case testRunRefused = "test-run-refused"
        /// The kernel does not count the runs of programs.
        case statisticsRefused = "statistics-refused"

        // MARK: Finding what to attach to

        /// The kernel has no function of that name.
        case noSuchFunction = "no-such-function"
        /// Several functions of the kernel have that name.
        case functionAmbiguous = "function-ambiguous"
        /// None of the functions of that name is the one that was chosen.
        case functionCopyUnknown = "function-copy-unknown"
        /// Functions of one name cannot be told apart, since their addresses are hidden.
        case functionIndistinguishable = "function-indistinguishable"
        /// The kernel keeps probes off the function.
        case functionForbidsProbes = "function-forbids-probes"
        /// A pattern means more functions than one program goes to.
        case functionsTooMany = "functions-too-many"
        /// The kernel has the function, and its BTF does not describe it.
        case functionNotInTypes = "function-not-in-types"
        /// The offset lies beyond the end of the function.
        case offsetBeyondFunction = "offset-beyond-function"
        /// The kernel takes no probe at this place.
        case probeRefused = "probe-refused"
        /// The kernel has no such tracepoint.
        case noSuchTracepoint = "no-such-tracepoint"
        /// The kernel has no such trace event.
        case noSuchTraceEvent = "no-such-trace-event"
        /// The kernel has no such system call.
        case noSuchSystemCall = "no-such-system-call"
        /// The kernel has no such iterator.
        case noSuchIterator = "no-such-iterator"
        /// There is no such process, or /proc does not show it.
        case noSuchProcess = "no-such-process"
        /// The program or library to trace cannot be found or opened.
        case noSuchUserFile = "no-such-user-file"
        /// The program or library has no symbols, and no debug file of it is there.
        case userFileStripped = "user-file-stripped"
        /// The program or library has no function of that name.
        case noSuchUserFunction = "no-such-user-function"
        /// The program or library has several functions of that name.
        case userFunctionAmbiguous = "user-function-ambiguous"
        /// The function only chooses another one when the program starts (`STT_GNU_IFUNC`).
        case userFunctionChosen = "user-function-chosen"
        /// The offset is not in the function, or not in the code of the file.
        case userOffsetOutside = "user-offset-outside"
        /// The program or library has no such static tracepoint.
        case noSuchUserTracepoint = "no-such-user-tracepoint"
        /// The program or library to trace is damaged, or no ELF file.
        case userFileMalformed = "user-file-malformed"
        /// The map for the arguments of static tracepoints has no room for all of them.
        case tracepointSpecsFull = "tracepoint-specs-full"
        /// No link is pinned in the directory.
        case noLinksPinned = "no-links-pinned"
        /// The kernel has no probes on user programs, or none that count who traces.
        case uprobesUnsupported = "uprobes-unsupported"
        /// The kernel has no programs that run at entry and return of a user function.
        case uprobeSessionUnsupported = "uprobe-session-unsupported"
        /// The kernel has no cookies, and no process runs the file whose addresses would serve.
        case cookiesUnsupported = "cookies-unsupported"
        /// The kernel does not have what the program is to be attached to.
        case noSuchTarget = "no-such-target"
        /// The kernel has no place for any of the programs.
        case noPlaceForAny = "no-place-for-any"
        /// The kernel has a system call behind a wrapper only, and the program cannot be made to read its arguments there.
        case argumentsNotRead = "arguments-not-read"

        // MARK: Probes in Swift

        /// The Swift compiler refuses the probe.
        case probeSource = "probe-source"
        /// No Swift toolchain is found, or a step of it fails.
        case probeToolchain = "probe-toolchain"
        /// Others could change the compiler.
        case probeToolchainUntrusted = "probe-toolchain-untrusted"
        /// No function of the probe has a section.
        case probeNoProgram = "probe-no-program"
        /// A name of the probe cannot stand in an object.
        case probeName = "probe-name"
        /// The definition of a map is not a constant.
        case probeMapDefinition = "probe-map-definition"
        /// A type of the probe has no form in C.
        case probeEventType = "probe-event-type"
        /// The first value of a variable is not a constant.
        case probeGlobal = "probe-global"
        /// The probe would allocate memory or count references.
        case probeAllocation = "probe-allocation"
        /// The probe uses floating point.
        case probeFloatingPoint = "probe-floating-point"
        /// The probe divides signed integers.
        case probeDivision = "probe-division"
        /// The probe needs more than 512 bytes of stack.
        case probeStack = "probe-stack"
        /// A function of the probe calls itself.
        case probeRecursion = "probe-recursion"
        /// The probe would trap.
        case probeTrap = "probe-trap"
        /// A function of the probe takes or returns more than BPF has registers for.
        case probeArguments = "probe-arguments"
        /// The probe calls what is known only when it runs, through a protocol.
        case probeExistential = "probe-existential"
        /// The probe calls a function by a pointer.
        case probeFunctionPointer = "probe-function-pointer"
        /// The probe needs what BPF does not have.
        case probeOperation = "probe-operation"

        // MARK: Attaching

        /// The kernel does not attach the program.
        case attachRefused = "attach-refused"
        /// Another program has the hook, which takes no more.
        case hookTaken = "hook-taken"
        /// The program reads beyond the fields that the trace event has in this kernel.
        case eventFieldsExceeded = "event-fields-exceeded"
        /// The kernel shows no way to make a probe.
        case noKprobes = "no-kprobes"
        /// A probe stays behind in tracefs.
        case detachFailed = "detach-failed"
        /// What was attached is not held by a link in this kernel.
        case linkUnsupported = "link-unsupported"
        /// What the program of an iterator writes cannot be read.
        case linkReadFailed = "link-read-failed"
        /// The link keeps its program.
        case linkUpdateRefused = "link-update-refused"

        // MARK: Rings

        /// A ring cannot be opened.
        case ringOpenFailed = "ring-open-failed"
        /// There is no memory for the ring.
        case ringMemory = "ring-memory"
        /// The process cannot wait for events.
        case ringWaitFailed = "ring-wait-failed"
        /// The map has fewer slots than the machine has CPUs.
        case ringSlots = "ring-slots"
        /// The map is not one that events are read from.
        case ringOtherType = "ring-other-type"
        /// The programs write over what nobody has read.
        case ringOverwrites = "ring-overwrites"
        /// The ring buffer is frozen, and its reader must write to it.
        case ringFrozen = "ring-frozen"
        /// The ring buffer was opened for reading only, and its reader must write to it.
        case ringReadOnly = "ring-read-only"
        /// Another process reads the ring buffer.
        case ringSecondReader = "ring-second-reader"
        /// The memory of the ring buffer cannot be true.
        case ringDamaged = "ring-damaged"
        /// Another daemon drains the map.
        case mapDrained = "map-drained"
        /// The daemon that was asked to end still has the map.
        case takeoverStalled = "takeover-stalled"
        /// The daemon that has the map cannot be ended.
        case takeoverFailed = "takeover-failed"

        // MARK: Streams, captures and files

        /// The event stream ends within a frame.
        case streamTruncated = "stream-truncated"
        /// A frame claims more bytes than a frame can have.
        case frameTooLarge = "frame-too-large"
        /// The capture was written by later tools.
        case captureVersion = "capture-version"
        /// The description of the events does not fit into a capture.
        case capturePreambleTooLarge = "capture-preamble-too-large"
        /// Bytes of the capture cannot be read and are skipped, or the capture ends within a block.
        case captureDamaged = "capture-damaged"
        /// Blocks of the capture are missing.
        case captureIncomplete = "capture-incomplete"
        /// The events come from a machine of the other byte order.
        case captureByteOrder = "capture-byte-order"
        /// Events of the type cannot be decoded.
        case eventTypeUndecodable = "event-type-undecodable"
        /// An event makes more text than is printed.
        case eventTextTooLong = "event-text-too-long"
        /// More of the same was counted than is told line by line.
        case linesLost = "lines-lost"
        /// The input is an object file and no stream of events.
        case inputIsObject = "input-is-object"
        /// The input cannot be opened or read.
        case inputUnreadable = "input-unreadable"
        /// The file is larger than is read.
        case inputTooLarge = "input-too-large"
        /// Reading failed in the middle.
        case inputFailed = "input-failed"
        /// Writing failed.
        case outputFailed = "output-failed"
        /// A dump of the newest events was not written.
        case dumpFailed = "dump-failed"
        /// The output cannot be opened, or is nothing to write events to.
        case outputRefused = "output-refused"
        /// The elements of the map are larger than a capture can hold.
        case elementTooLarge = "element-too-large"
        /// The output holds something else than what would be added to it.
        case outputOfOthers = "output-of-others"
        /// The daemon was told to end at once, before the reader took everything.
        case outputAbandoned = "output-abandoned"

        // MARK: Doubts and notes (they end no tool)

        /// The object's types are not loaded into the kernel.
        case typesNotLoaded = "types-not-loaded"
        /// An instruction is loaded in the form of older kernels.
        case instructionRewritten = "instruction-rewritten"
        /// The map is large, and the kernel makes room for all of it.
        case mapLarge = "map-large"
        /// The map is full: new keys are refused, or take the place of others.
        case mapFull = "map-full"
        /// Nothing was pinned at the path: an empty map was made.
        case mapCreatedEmpty = "map-created-empty"
        /// No loaded program uses the map.
        case mapUnused = "map-unused"
        /// No function of the object uses the map.
        case mapNeverUsed = "map-never-used"
        /// How the elements of a map are decoded.
        case mapTyped = "map-typed"
        /// Keys may be missing from a snapshot of the map.
        case snapshotUnsteady = "snapshot-unsteady"
        /// Snapshots of the map are skipped, as there is no time for them.
        case snapshotsSkipped = "snapshots-skipped"
        /// Elements of the map are not in the metrics, as there are too many.
        case metricsLimited = "metrics-limited"
        /// The values of the map have no numbers that could be metrics.
        case metricsWithoutNumbers = "metrics-without-numbers"
        /// A pattern means these functions of a program or library.
        case userFunctionsMatched = "user-functions-matched"
        /// An argument of a static tracepoint is written in a form that cannot be read.
        case tracepointArgumentUnread = "tracepoint-argument-unread"
        /// A pinned map is used as it is, and not filled again.
        case pinKept = "pin-kept"
        /// The value of `pinning` is none that is known; the map is pinned at the root.
        case pinningUnknown = "pinning-unknown"
        /// The map does not say how many entries it has, and got a usual number.
        case mapSizeAssumed = "map-size-assumed"
        /// A bpf file system was mounted.
        case bpffsMounted = "bpffs-mounted"
        /// A slot of a program array stays empty, since its program is not loaded.
        case slotEmpty = "slot-empty"
        /// Pointers in data stay as the file has them.
        case dataPointersNull = "data-pointers-null"
        /// A text of the configuration is longer than the variable.
        case kconfigTextCut = "kconfig-text-cut"
        /// The object has no license.
        case licenseAssumed = "license-assumed"
        /// A section of the object is not used.
        case sectionUnused = "section-unused"
        /// A section of the object cannot be read and is not used.
        case sectionUnreadable = "section-unreadable"
        /// A program is not loaded.
        case programNotLoaded = "program-not-loaded"
        /// Programs are left out, since their sections begin with `?`.
        case programOptional = "program-optional"
        /// A program is loaded and not attached.
        case programNotAttached = "program-not-attached"
        /// A program is left out or does nothing, since this kernel lacks something.
        case programNotInKernel = "program-not-in-kernel"
        /// Several programs run for the same events.
        case programsTwice = "programs-twice"
        /// A program sends an event of which some bytes were never written.
        case eventBytesUnset = "event-bytes-unset"
        /// A program sends an event that is shorter than the type that the source names for it.
        case eventSizeDiffers = "event-size-differs"
        /// A program reads a structure of the kernel at an offset that no CO-RE relocation tells.
        case kernelOffsetFixed = "kernel-offset-fixed"
        /// A program reads one CPU's value of a map that has one for each.
        case cpuValueAlone = "cpu-value-alone"
        /// A program returns a number that means nothing to the kernel.
        case returnValueUnknown = "return-value-unknown"
        /// The kernel has the function or type under another name.
        case functionRenamed = "function-renamed"
        /// The probe sits within the function that was named.
        case functionInWrapper = "function-in-wrapper"
        /// The arguments of a system call lie elsewhere than the program may expect.
        case syscallArguments = "syscall-arguments"
        /// A program's loads of arguments read those of a system call, behind its wrapper.
        case argumentsCopied = "arguments-copied"
        /// The name of a function could not be checked.
        case nameUnchecked = "name-unchecked"
        /// The types of a module cannot be read and are passed over.
        case moduleTypesSkipped = "module-types-skipped"
        /// tracefs is mounted for this process only.
        case tracefsPrivate = "tracefs-private"
        /// The probe was made in another way than the first one tried.
        case probeOtherwise = "probe-otherwise"
        /// How many functions a program is attached to.
        case functionsAttached = "functions-attached"
        /// Functions that a pattern means and that take no program.
        case functionsLeftOut = "functions-left-out"
        /// `maxactive` is left to the kernel.
        case maxactiveIgnored = "maxactive-ignored"
        /// A program is left out, since another one does the same for the same event.
        case alternativeLeft = "alternative-left"
        /// The kernel refuses the better of two programs for the same event, and the other one is attached.
        case alternativeTaken = "alternative-taken"
        /// The kernel does not have the first target of several, and another one is taken.
        case otherTarget = "other-target"
        /// A probe that a killed process left behind was removed.
        case staleProbeRemoved = "stale-probe-removed"
        /// A probe that a killed process left behind stays.
        case staleProbeKept = "stale-probe-kept"
        /// A filter of a network device that a killed process left behind was removed.
        case staleFilterRemoved = "stale-filter-removed"
        /// A structure is not registered, since not all of its programs are loaded.
        case structOpsIncomplete = "struct-ops-incomplete"
        /// A program of struct_ops is left out, since this kernel's structure has no such member.
        case structOpsMemberLeft = "struct-ops-member-left"
        /// A structure was registered by a process that is gone, and was taken off.
        case staleStructureRemoved = "stale-structure-removed"
        /// A CPU came online or went offline.
        case cpuChanged = "cpu-changed"
        /// The rings have less memory than was asked for.
        case ringSmaller = "ring-smaller"
        /// A program has not finished an event that it began, and later ones wait.
        case ringRecordUnfinished = "ring-record-unfinished"
        /// The ring buffer was full, and events may be lost.
        case ringFull = "ring-full"
        /// The programs count what finds no room in a ring buffer.
        case lossesCounted = "losses-counted"
        /// Several maps may count the losses of a ring buffer.
        case lossesDoubtful = "losses-doubtful"
        /// What programs count of their losses cannot be read any more.
        case lossesUnreadable = "losses-unreadable"
        /// Events were lost before the daemon read the ring buffer.
        case lostBefore = "lost-before"
        /// What the newest events were to be written for did not happen, or could not be looked for.
        case dumpConditionUnmet = "dump-condition-unmet"
        /// Records of a ring had impossible lengths.
        case ringRecordImpossible = "ring-record-impossible"
        /// Events are larger than a capture can hold.
        case eventTooLarge = "event-too-large"
        /// Events came too late for the order of time.
        case eventsLate = "events-late"
        /// The host has more names of users, groups or control groups than a capture tells.
        case namesCut = "names-cut"
        /// A capture does not have the code of processes whose stacks it has.
        case processesUntold = "processes-untold"
        /// Files are of another build than those that processes had in their memory.
        case symbolsMismatched = "symbols-mismatched"
        /// Lines of source are not shown that were asked for, or some of them.
        case linesUnknown = "lines-unknown"
        /// Stacks are missing: there was no room for them, or the kernel could not walk them.
        case stacksMissing = "stacks-missing"
        /// Nothing says what the events are.
        case eventsUntyped = "events-untyped"
        /// How the events of a map are decoded.
        case eventsTyped = "events-typed"
        /// Not all events are in the order of time.
        case eventsOutOfOrder = "events-out-of-order"
        /// The capture will not say which programs send its events.
        case programsUnknown = "programs-unknown"
        /// Binary events go to a terminal.
        case terminalOutput = "terminal-output"
        /// Events are read from the terminal.
        case terminalInput = "terminal-input"
        /// Nobody drained the map for a while.
        case drainGap = "drain-gap"
        /// Nothing keeps a second daemon from the map, or tells it that this one is alive.
        case lockMissing = "lock-missing"
        /// The account of events cannot be written.
        case accountFailed = "account-failed"
        /// What the events are cannot be left for the reader of the map.
        case schemaStoreFailed = "schema-store-failed"
        /// There is no room, and the events wait.
        case outputWaiting = "output-waiting"
        /// The end of a file was not whole, and was cut off or moved away.
        case outputMended = "output-mended"
        /// A name of the output could not be made or removed.
        case outputNotLinked = "output-not-linked"
        /// The capture has no end.
        case captureOpenEnded = "capture-open-ended"
        /// Fewer lines are shown than were asked for.
        case linesCut = "lines-cut"
        /// A snapshot of a map does not have all of its elements.
        case snapshotIncomplete = "snapshot-incomplete"
        /// Something of a map is not shown as it was asked for.
        case tableCut = "table-cut"
        /// Addresses of the kernel are shown as numbers.
        case addressesUnnamed = "addresses-unnamed"
        /// The capture has more types than are kept.
        case typesTooMany = "types-too-many"
        /// The kernel reports of a program that runs, or the program itself does.
        case programReport = "program-report"
        /// Messages were not shown, since stderr stalled.
        case messagesDropped = "messages-dropped"
        /// A signal ended the tool before it began.
        case endedEarly = "ended-early"
    }
}
