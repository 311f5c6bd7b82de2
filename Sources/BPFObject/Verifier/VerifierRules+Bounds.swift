// SPDX-License-Identifier: Apache-2.0

internal import Diagnostics

extension VerifierRule {
    /// Accesses outside of the memory that a pointer leads to.
    static let bounds = [
        VerifierRule(
            .verifierZeroSize, "the size that the helper is given may be 0",
            marks: ["invalid zero-sized read", "invalid stack type * access_size=0"],
            cause:
                "the helper wants at least a byte, and the length is not known to be more than 0, or the map has no keys or values",
            remedy: "test the length first, or call a helper that is for this type of map",
            write: "if (length == 0) return 0;", here: "the size may be 0 here"),
        VerifierRule(
            .verifierSizeRange, "the size that the helper is given has no upper bound",
            marks: ["use 'var &= const'", "or 'var &= const'"],
            cause:
                "the helper would read or write as many bytes as the size says, and the verifier knows no bound of it, or it may be negative",
            remedy: "make it unsigned, and bound it where the verifier sees it, right before the call",
            write: "if ($size > sizeof($buffer)) $size = sizeof($buffer);", here: "the size is not bounded here",
            there: "the size comes from $call"),
        VerifierRule(
            .verifierUnboundedIndex, "the index or offset has no bounds",
            marks: [
                "make sure to bounds check", "use unsigned index", "with unbounded min value",
                "with unbounded max value",
                "unbounded min value", "min value is negative",
            ],
            cause:
                "a number is added to the pointer of which the verifier does not know how small and how large it can be",
            remedy: "make the index unsigned and compare it with the size, right before the access",
            write: "if (index >= ARRAY_SIZE) return 0;", here: "the index is not bounded here",
            there: "the number comes from $call", isOfIndex: true),
        VerifierRule(
            .verifierVariableOffset, "the place of the access is not known beforehand",
            marks: [
                "unbounded variable-offset", "invalid variable-offset", "variable stack access",
                "variable offset stack",
                "variable * access var_off", "invalid variable offset", "invalid variable buffer offset",
            ],
            cause:
                "memory of this kind is read and written at places that the verifier can tell, and this one depends on a variable",
            remedy: "bound the index with a constant, or keep what is indexed in a map",
            write: "index &= SIZE - 1;", here: "accessed at a place that depends on a variable"),
        VerifierRule(
            .verifierStackBounds, "the access is outside of the function's stack",
            marks: [
                "invalid * stack R*off=", "invalid stack R*off=", "invalid stack off=", "invalid stack type",
            ],
            cause:
                "the address is not within the variables of the function: the size that a helper is given is larger than the buffer, or an index is too large",
            remedy: "give the helper the size of the variable, and bound the index by it",
            write: "sizeof($value)", here: "beyond the stack of the function"),
        VerifierRule(
            .verifierStackUnset, "bytes are used that were never written",
            marks: ["invalid indirect read from stack", "invalid read from stack", "uninit stack in range"],
            cause:
                "bytes of a variable that were never written would leave the program: padding, or members that are not set",
            remedy: "set the whole variable to zero first, its padding too",
            write: "__builtin_memset(&$value, 0, sizeof($value));", here: "not all of it was written"),
        VerifierRule(
            .verifierMapBounds, "the access is outside of the map's value",
            marks: [
                "invalid access to map value", "invalid access to map key", "makes map_value pointer be out of bounds",
            ],
            cause:
                "a value of the map has fewer bytes than the access reaches, or the index can be larger than the array",
            remedy: "compare the index with the number of elements, with < and not <=, before the access",
            write: "if (index >= sizeof(value->items) / sizeof(value->items[0])) return 0;",
            here: "reaches beyond the value",
            there: "the number comes from $call", isOfIndex: true),
        VerifierRule(
            .verifierPacketBounds, "the packet may be shorter than that",
            marks: [
                "invalid access to packet", "outside of the packet", "helper access to the packet",
            ],
            cause: "the program has not compared the end of what it reads with data_end, on this path",
            remedy: "compare before the access, and again after whatever changes the packet",
            write: "if ((void *)(header + 1) > data_end) return XDP_PASS;", here: "not compared with data_end"),
        VerifierRule(
            .verifierMemoryBounds, "the access is outside of the memory",
            marks: [
                "invalid access to memory", "outside of the allowed memory range", "invalid * buffer access",
                "len pair leads to invalid memory access", "invalid access to flow keys",
            ],
            cause: "the memory has fewer bytes than the access reaches, or the index can be larger than it",
            remedy: "bound the index and the size by those of the memory", here: "reaches beyond the memory",
            there: "the number comes from $call", isOfIndex: true),
        VerifierRule(
            .verifierContextAccess, "the context of this program has nothing there that may be accessed",
            marks: [
                "invalid bpf_context access", "dereference of modified ctx", "negative offset ctx ptr",
                "R* invalid * access off=",
            ],
            cause:
                "programs of this type may access some members of the context, each with its size, some only for reading, and not through an address that was changed",
            remedy: "access members by their names, and see which ones the type of the program has",
            here: "not a member that may be accessed so"),
        VerifierRule(
            .verifierKernelType, "the access does not fit the kernel's type",
            marks: [
                "access beyond struct", "access beyond the end of", "cannot access ptr member", "is ptr_* invalid",
                "access user memory", "access percpu memory", "access is allowed only to CAP_PERFMON",
                "Cannot access kernel 'struct", "invalid negative access",
            ],
            cause:
                "a pointer to a structure of the kernel is read member by member, and there is no member of that size at this place in this kernel",
            remedy: "read it by name with BPF_CORE_READ(), so that the place is that of the running kernel",
            write: "BPF_CORE_READ(task, pid)", here: "no such member here"),
        VerifierRule(
            .verifierMisaligned, "the address is not a multiple of the size",
            marks: ["misaligned"],
            cause: "an access of this kind must lie at a multiple of its size",
            remedy: "align the member, or copy it byte by byte with __builtin_memcpy()",
            write: "__builtin_memcpy(&copy, address, sizeof(copy));", here: "not aligned"),
        VerifierRule(
            .verifierReadOnly, "what is written to may only be read",
            marks: [
                "write into map forbidden", "cannot write into", "only read is supported", "only read from",
                "write to change key", "frame pointer is read only", "may write into memory pointed by",
                "does not allow writes to packet data", "read from map forbidden",
            ],
            cause:
                "the memory is constant for programs: .rodata, a map made for reading, the kernel's own structures, or the buffer of an iterator",
            remedy: "copy it and change the copy, or make the variable not const", here: "written to here"),
        VerifierRule(
            .verifierPointerArithmetic, "this arithmetic is not allowed on a pointer",
            marks: [
                "pointer arithmetic", "on pointer prohibited", "pointer comparison prohibited",
                "tried to subtract pointer", "subtraction from stack pointer", "math between * pointer and",
                "partial copy of pointer", "sign-extension part", "pointer be out of bounds",
                "pointer offset * is not allowed",
                "pointer * pointer prohibited",
            ],
            cause: "pointers of this kind take no such operation: the verifier could no longer tell what they point to",
            remedy: "compute the offset as a number first, and add it to the pointer once, after the checks",
            here: "the operation on the pointer", there: "the pointer comes from $call"),
    ]
}
