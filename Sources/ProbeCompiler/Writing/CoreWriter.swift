// SPDX-License-Identifier: Apache-2.0

/// Writes what probes call and Swift has no words for, in C: the answers to questions to the kernel's types, which the
/// loader finds by name (CO-RE), and the functions of BPFKit that take a closure or add without loss.
enum CoreWriter {
    static func text(of module: ProbeModule, calling functions: [KernelFunction] = []) -> String {
        var text = intrinsics
        for function in functions { text += caller(of: function) }
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

    /// A kernel's function, in the section whose functions the loader looks for in the kernel, and who calls it.
    private static func caller(of function: KernelFunction) -> String {
        let types = function.parameters.isEmpty ? "void" : function.parameters.joined(separator: ", ")
        let named = function.parameters.enumerated().map { "\($1) p\($0)" }.joined(separator: ", ")
        let values = function.parameters.indices.map { "p\($0)" }.joined(separator: ", ")
        let head = "\(function.result) \(function.caller)(\(named.isEmpty ? "void" : named))"
        return "extern \(function.result) \(function.name)(\(types)) __attribute__((section(\".ksyms\")));\n"
            + "PLACELESS \(head) { \(function.result == "void" ? "" : "return ")\(function.name)(\(values)); }\n"
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
        /* One path has what this kernel has: what is known on the other one must not be asked for ahead of the branch. */
        #define HERE(value) ({ unsigned long here = (value); __asm__ volatile("" : "+r"(here)); here; })
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
        guard type.cases.isEmpty else {
            let cases = type.cases.map { typedef(of: $0) }
            return "enum \(type.name) { \(type.cases.joined(separator: ", ")) };\n"
                + "typedef enum { \(cases.joined(separator: ", ")) } \(typedef(of: type.name));\n"
        }
        let members = type.members.map { $0.type.declaring($0.name) + ";" }.joined(separator: " ")
        let indexed = "__attribute__((preserve_access_index))"
        let text = "struct \(type.name) { \(members) } \(indexed);\n"
        guard mayBeTypedef(type) else { return text }
        return text + "typedef struct { \(members) } \(indexed) \(typedef(of: type.name));\n"
    }

    /// Whether the kernel may have it as a typedef of a structure without a name: `kuid_t`, `atomic_t`.
    ///
    /// All enumerations may be such: `socket_state`.
    private static func mayBeTypedef(_ type: ProbeModule.KernelType) -> Bool {
        guard type.cases.isEmpty, !type.members.isEmpty else { return !type.cases.isEmpty }
        return parts(of: type.name).essential.hasSuffix("_t")
    }

    /// The name of a typedef, or of an enumerator of one, that the loader looks for without what is behind `___`.
    ///
    /// C has it beside the other one, and LLVM takes two questions to types of one name for the same.
    private static func typedef(of name: String) -> String {
        let (essential, number) = parts(of: name)
        return "\(essential)___typedef\(number)"
    }

    /// `name` and `2` of `name___2`, as types of one name are told apart.
    private static func parts(of name: String) -> (essential: String, number: String) {
        guard let place = name.lastIndex(of: "_"), name[...place].hasSuffix("___"),
            let number = Int(name[name.index(after: place)...])
        else { return (name, "") }
        return (String(name[...place].dropLast(3)), "\(number)")
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
        let isEither = mayBeTypedef(type)
        let own = type.cases.isEmpty ? "struct \(type.name)" : "enum \(type.name)"
        let other = typedef(of: type.name)
        let hasOwn = "__builtin_preserve_type_info(*(\(own) *)0, 0)"
        /// The answer of the type of the name, or else that of the typedef.
        func either(_ answer: (_ type: String, _ isTypedef: Bool) -> String) -> String {
            guard isEither else { return "return \(answer(own, false));" }
            return "if (\(hasOwn)) return HERE(\(answer(own, false))); return HERE(\(answer(other, true)));"
        }
        guard type.cases.isEmpty else {
            let cases = type.cases.enumerated().map { index, name in
                func answer(_ question: Int) -> String {
                    either { type, isTypedef in
                        "__builtin_preserve_enum_value(*(\(type) *)\(isTypedef ? typedef(of: name) : name), \(question))"
                    }
                }
                return "\tcase \(index): if (question == 10) { \(answer(0)) } \(answer(1))\n"
            }
            return "\tswitch (member) {\n" + cases.joined() + "\t}\n"
        }
        var text = ""
        for (question, asked) in [(8, 0), (9, 1)] {
            let answer = either { type, _ in "__builtin_preserve_type_info(*(\(type) *)0, \(asked))" }
            text += "\tif (question == \(question)) { \(answer) }\n"
        }
        // A structure and its first member are at one place: the type tells them apart.
        let asked = paths(type, types).filter { $0.type.structure == question.memberType }
        guard !asked.isEmpty else { return text }
        text += "\tswitch (member) {\n"
        for member in asked {
            text += "\tcase \(member.offset):\n\t\tswitch (question) {\n"
            for question in questionsOfMembers where isAnswered(question, member.type) {
                let answer = either { type, _ in
                    "__builtin_preserve_field_info(((\(type) *)0)->\(member.name), \(question))"
                }
                text += "\t\tcase \(question): \(answer)\n"
            }
            text += "\t\t}\n\t\tbreak;\n"
        }
        return text + "\t}\n"
    }
}
