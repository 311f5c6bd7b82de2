// SPDX-License-Identifier: Apache-2.0

internal import Diagnostics

extension VerifierRule {
    /// Arguments of calls, what may be called, and what is returned.
    static let calls = [
        VerifierRule(
            .verifierTailCall, "a tail call stands where none may be",
            marks: ["tail_call", "tail call", "expected prog array map"],
            cause:
                "a program that makes tail calls has rules: the map is a program array that the instruction names itself, calls of functions of its own need the JIT and a small stack, and nothing may be held",
            remedy: "make the tail call in the program itself, with the map written directly",
            write: "bpf_tail_call(ctx, &programs, index);", here: "the tail call"),
        VerifierRule(
            .verifierCallback, "a callback is not one that the kernel takes",
            marks: ["callback", "call_back", "expected pointer to func"],
            cause:
                "the function that a helper calls must be a static function of the program, with BTF, and return a number in the range of that helper",
            remedy: "write it static, compile with -g, and return 0 to go on or 1 to stop",
            write: "static long each(struct bpf_map *map, u32 *key, u64 *value, void *data) { return 0; }",
            here: "the callback"),
        VerifierRule(
            .verifierPointerArgument, "a global function has a pointer as its argument",
            marks: ["type PTR in"],
            cause: "kernels before 5.12 take no pointers as arguments of global functions",
            remedy: "declare the function static", write: "static __noinline"),
        VerifierRule(
            .verifierFunctionArguments, "a function of the program is given what it does not take",
            marks: [
                "invalid args into func#", "in func#", "arg#* reference type", "arg#* pointer type", "Arg#*in func",
                "arg#* type *is not supported", "invalid args", "Global function", "func#* arg#",
            ],
            cause:
                "a global function is checked by itself, by the types of its arguments alone, and the caller must keep to them",
            remedy: "declare it static, so that it is checked with its callers, or check pointers for NULL in it",
            write: "static __noinline", here: "the call"),
        VerifierRule(
            .verifierMapType, "the helper is not for maps of this type",
            marks: [
                "cannot pass map_type", "no direct value access support", "map_ptr access not supported",
                "cannot update sockmap",
                "invalid map_ptr to access",
            ],
            cause: "the helper is not for maps of this type",
            remedy: "call a helper that is: bpf-helpers(7) tells it of each type of map",
            here: "the call"),
        VerifierRule(
            .verifierArgumentType, "the call is given a value of another kind than it takes",
            marks: [
                "type=* expected=", "is of type * but * is expected", "expected pointer to", "must be a known constant",
                "is not a known constant", "Unrecognized arg#", "is not a const", "is not a scalar",
                "does not point to a readonly map",
                "must point to", "Expected a", "is not a constant address", "string is not zero-terminated",
            ],
            cause:
                "each argument of a helper or kernel function has a kind, such as a map, the context, memory of the stack, or a constant, and this one is of another",
            remedy:
                "pass what the call takes: the address of a variable for a key or a buffer, ctx as the program got it, and the map by its name",
            write: "bpf_map_lookup_elem(&map, &key)", here: "an argument of another kind",
            there: "the value comes from $call"),
        VerifierRule(
            .verifierReturnValue, "the program returns what it must not",
            marks: [
                "At program exit", "At subprogram exit", "R0 not a scalar value", "cannot return stack pointer",
                "modify return value",
            ],
            cause: "the kernel acts on what a program of this type returns, and takes a certain range only",
            remedy: "return a constant of that range on every path, and test what other functions returned first",
            write: "return 0;", here: "returns here", there: "the value comes from $call", register: 0),
    ]
}
