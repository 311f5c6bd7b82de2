// SPDX-License-Identifier: Apache-2.0

/// Writes what probes call and Swift has no words for, in C: the answers to questions to the kernel's types, which the
/// loader finds by name (CO-RE), and the functions of BPFKit that take a closure or add without loss.
enum CoreWriter {
    static func text(of module: ProbeModule) -> String {
        var text = intrinsics
        for type in module.kernelTypes { text += declaration(of: type) }
        let types = Dictionary(module.kernelTypes.map { ($0.name, $0) }) { first, _ in first }
        for (number, question) in module.questions.enumerated() {
            guard let type = types[question.type] else { continue }
            let symbol = ShellWriter.quotedSymbol(question.symbol)
            let head = "unsigned long core_\(number)(unsigned long member, unsigned long question)"
            text += "unsigned long core_\(number)(unsigned long, unsigned long) __asm__(\(symbol));\n"
            text += "INLINE \(head)\n{\n\(answers(to: question, of: type, types))"
            text += "\treturn __bpf_core_opaque(member, question);\n}\n"
        }
        return text
    }

    /// `bpf_loop()` and `bpf_for_each_map_elem()` take a function and what is around it, which are a closure in Swift.
    private static let intrinsics = """
        #define INLINE __attribute__((always_inline))
        /* A member that is an enumeration, whichever it is: to CO-RE one without a name is any. */
        typedef enum { __BPFKIT_ENUM = 0x7fffffff } __bpfkit_enum;
        static long (*const bpf_loop)(unsigned, void *, void *, unsigned long long) = (void *)181;
        static long (*const bpf_for_each_map_elem)(void *, void *, void *, unsigned long long) = (void *)164;
        /* Without lines of their own: they have those of the calls, in the user's source. */
        #define PLACELESS __attribute__((always_inline, nodebug))
        PLACELESS long __bpfkit_loop(unsigned count, void *body, void *context) { return bpf_loop(count, body, context, 0); }
        PLACELESS long __bpfkit_for_each(void *map, void *body, void *context)
        {
        \treturn bpf_for_each_map_elem(map, body, context, 0);
        }
        /* What has no answer: nothing has the function, so that the probe is refused. */
        unsigned long __bpf_core_opaque(unsigned long, unsigned long);
        /* Relaxed: any other order becomes an addition that gives the old value, which Linux before 5.12 does not have. */
        PLACELESS void __bpfkit_add32(unsigned *place, unsigned amount)
        {
        \t__atomic_fetch_add(place, amount, __ATOMIC_RELAXED);
        }
        PLACELESS void __bpfkit_add64(unsigned long long *place, unsigned long long amount)
        {
        \t__atomic_fetch_add(place, amount, __ATOMIC_RELAXED);
        }

        """

    private static func declaration(of type: ProbeModule.KernelType) -> String {
        guard type.cases.isEmpty else { return "enum \(type.name) { \(type.cases.joined(separator: ", ")) };\n" }
        let members = type.members.map { $0.type.declaring($0.name) + ";" }.joined(separator: " ")
        return "struct \(type.name) { \(members) } __attribute__((preserve_access_index));\n"
    }

    /// `BPF_FIELD_BYTE_OFFSET` to `BPF_FIELD_RSHIFT_U64`.
    private static let questionsOfMembers = 0...5

    /// Whether clang takes a question to a member of a type: `BPF_FIELD_SIGNED` is for numbers, and the shifts are for
    /// numbers and pointers.
    private static func isAnswered(_ question: Int, _ type: CType) -> Bool {
        guard question > 2 else { return true }
        let isWhole = type.declaration.contains("[") || type.declaration.hasPrefix("struct ")
        return !isWhole && (question != 3 || !type.declaration.contains("*"))
    }

    /// A member, also of a structure inside: `__sk_common.skc_family`.
    private struct Path {
        var name: String
        var offset: Int
        var type: CType
    }

    private static let deepest = 16
    private static let mostPaths = 1 << 14

    /// The members that Swift has at all places of a structure and of those inside.
    private static func paths(
        _ type: ProbeModule.KernelType, _ types: [String: ProbeModule.KernelType]
    ) -> [Path] {
        var paths: [Path] = []
        func walk(_ type: ProbeModule.KernelType, _ prefix: String, _ start: Int, _ depth: Int) {
            for member in type.members where paths.count < mostPaths {
                let path = Path(name: prefix + member.name, offset: start + member.offset, type: member.type)
                paths.append(path)
                guard depth < deepest, let inner = member.type.structure.flatMap({ types[$0] }) else { continue }
                walk(inner, path.name + ".", path.offset, depth + 1)
            }
        }
        walk(type, "", 0, 0)
        return paths
    }

    private static func answers(
        to question: ProbeModule.Question, of type: ProbeModule.KernelType, _ types: [String: ProbeModule.KernelType]
    ) -> String {
        guard type.cases.isEmpty else {
            let cases = type.cases.enumerated().map { index, name in
                let value = "*(enum \(type.name) *)\(name)"
                return "\tcase \(index): return question == 10 ? __builtin_preserve_enum_value(\(value), 0) : "
                    + "__builtin_preserve_enum_value(\(value), 1);\n"
            }
            return "\tswitch (member) {\n" + cases.joined() + "\t}\n"
        }
        let whole = "*(struct \(type.name) *)0"
        var text = "\tif (question == 8) return __builtin_preserve_type_info(\(whole), 0);\n"
        text += "\tif (question == 9) return __builtin_preserve_type_info(\(whole), 1);\n"
        // A structure and its first member are at one place: the type tells them apart.
        let asked = paths(type, types).filter { $0.type.structure == question.memberType }
        guard !asked.isEmpty else { return text }
        text += "\tswitch (member) {\n"
        for member in asked {
            text += "\tcase \(member.offset):\n\t\tswitch (question) {\n"
            for question in questionsOfMembers where isAnswered(question, member.type) {
                text +=
                    "\t\tcase \(question): return __builtin_preserve_field_info("
                    + "((struct \(type.name) *)0)->\(member.name), \(question));\n"
            }
            text += "\t\t}\n\t\tbreak;\n"
        }
        return text + "\t}\n"
    }
}
