// SPDX-License-Identifier: Apache-2.0

import Diagnostics

/// What clang's back end says of the code that Swift made, with the place in Swift and in words that help.
///
/// It knows the place only by its own text: `could not determine the original source location for Probe.swift:4:12`.
enum BackEndMessages {
    /// What a user is told of a step's output; none if nothing in it is an error.
    static func diagnostics(_ output: String, sources: Set<String>) -> [Diagnostic] {
        let sources = SourceNames(sources)
        var found: [Diagnostic] = []
        var told: Set<Told> = []
        var text: String?
        var functionsPlace: SourcePlace?
        var codesPlace: SourcePlace?
        func tell() {
            guard let text else { return }
            let place = codesPlace ?? functionsPlace
            let diagnostic = diagnostic(text, at: place)
            if told.insert(Told(code: diagnostic.code, place: place)).inserted { found.append(diagnostic) }
        }
        for line in IRText.lines(output) {
            if let message = error(line) {
                tell()
                text = message.text
                functionsPlace = message.place.flatMap(sources.own)
                codesPlace = nil
            } else if text != nil, codesPlace == nil, let known = sourceLocation(line).flatMap(sources.own) {
                codesPlace = known
            }
        }
        tell()
        // The same is said once more where no place is known.
        let placed = Set(found.filter { $0.source != nil }.map(\.code))
        return found.filter { $0.source != nil || !placed.contains($0.code) }
    }

    /// What was told already.
    private struct Told: Hashable {
        var code: Diagnostic.Code
        var place: SourcePlace?
    }

    /// A line with an error, and its place if it begins with one.
    private static func error(_ line: Substring) -> (text: String, place: SourcePlace?)? {
        guard let mark = IRText.place(of: "error: ", in: line) else { return nil }
        let text = String(Substring(line[mark...].utf8.dropFirst(7)))
        // The back end begins its own errors with the place of the code.
        if let own = place(inBeginningOf: Substring(text)) { return own }
        var head = line[..<mark]
        if head.hasSuffix("fatal ") { head = head.dropLast(6) }
        if head.hasSuffix(": ") { head = head.dropLast(2) }
        return (text, CompilerMessages.place(head))
    }

    /// The place in front of the words: `Probe.swift:4:12: in function f void (ptr): words`.
    private static func place(inBeginningOf text: Substring) -> (text: String, place: SourcePlace?)? {
        guard let mark = IRText.place(of: ".swift:", in: text), let end = IRText.place(of: ": ", in: text[mark...]),
            let place = CompilerMessages.place(text[..<end])
        else { return nil }
        return (String(Substring(text[end...].utf8.dropFirst(2))), place)
    }

    private static func sourceLocation(_ line: Substring) -> SourcePlace? {
        let mark = "source location for "
        guard let start = IRText.place(of: mark, in: line) else { return nil }
        let rest = Substring(line[start...].utf8.dropFirst(mark.utf8.count))
        return CompilerMessages.place(rest)
    }

    private static func diagnostic(_ text: String, at place: SourcePlace?) -> Diagnostic {
        let words = BackEndWords(text)
        var diagnostic = Diagnostic(
            words.code, stage: .object, words.message, cause: words.cause, nextStep: words.nextStep)
        if words.code == .probeOperation { diagnostic.details.append("clang: \(text)") }
        if let place { diagnostic.source = place.label }
        return diagnostic
    }
}

/// A complaint of the back end in the words of who writes Swift.
struct BackEndWords: Equatable {
    var code: Diagnostic.Code
    var message: String
    var cause: String?
    var nextStep: Diagnostic.Hint?

    private init(_ code: Diagnostic.Code, _ message: String, cause: String? = nil, nextStep: Diagnostic.Hint? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
        self.nextStep = nextStep
    }

    init(_ text: String) {
        if text.contains("signed division") {
            self.init(
                .probeDivision, "division of signed integers", cause: "this version of BPF divides unsigned ones only",
                nextStep: "divide the magnitudes, or numbers of the type UInt64")
        } else if text.contains("stack limit") {
            self = .stack
        } else if let name = BackEndWords.function(in: text) {
            self.init(runtimeFunction: name)
        } else if text.contains("only small returns") || text.contains("aggregate returns") {
            self.init(
                .probeArguments, "a function that is not inlined returns more than one register holds",
                cause: "functions of BPF return 64 bits",
                nextStep: "let it change an inout parameter, or make it @inline(__always)")
        } else if text.contains("too many arg") || text.contains("stack arguments") || text.contains("pass by value") {
            self.init(
                .probeArguments, "a function that is not inlined takes more than five arguments",
                cause: "functions of BPF take five numbers of 64 bits",
                nextStep: "pass a struct by inout, or make it @inline(__always)")
        } else {
            self.init(
                .probeOperation, "the code needs what BPF does not have",
                nextStep: "write it in another way; --emit-c shows what is around the code")
        }
    }

    private static let stack = BackEndWords(
        .probeStack, "a program needs more than 512 bytes of stack", cause: "a program of BPF has no more",
        nextStep: "keep large values in a map (PerCPUArray) or in the room of a ring buffer")

    /// The function that would be called, in `A call to built-in function '__muldf3' is not supported.` and the like.
    private static func function(in text: String) -> String? {
        IRText.between("built-in function '", "'", in: Substring(text)).map(String.init)
    }

    /// What a call to a function means that no kernel has.
    init(runtimeFunction name: String) {
        switch name {
        case "swift_once":
            self.init(
                .probeGlobal, "the first value of a global variable is not a constant",
                cause: "nothing runs before the program, so the object has the first values",
                nextStep: "write a constant, and give the variable its value in a function")
        case "__bpf_trap", "abort", "llvm.trap":
            self.init(
                .probeTrap, "the program would trap here",
                cause: "fatalError, precondition, !, or an index that is always out of range: BPF has no trap",
                nextStep: "return in place of it, or compile with --checked: then it ends the run of the program")
        case "putchar":
            self.init(
                .probeOperation, "something is printed", cause: "a program of the kernel has no output",
                nextStep: "write trace(…), or send an event")
        case "posix_memalign", "free":
            self.init(
                .probeAllocation, "memory is allocated here", cause: "BPF has no memory to allocate",
                nextStep: "use structs, InlineArray, Text and maps")
        case "arc4random_buf":
            self.init(
                .probeOperation, "a random number of the system is taken",
                cause: "a program of the kernel has no access to it",
                nextStep: "write randomNumber()")
        case "__bpfkit_trace_too_long":
            self.init(
                .probeOperation, "a line of trace() has more than fits",
                cause: "it has at most three values and 95 bytes",
                nextStep: "write two lines")
        case "__bpfkit_trace_percent":
            self.init(
                .probeOperation, "a line of trace() has a percent sign",
                cause:
                    "the kernel takes it for the beginning of a format, and before Linux 5.13 it takes no two of them",
                nextStep: "write it out: percent")
        case "__bpfkit_trace_too_wide":
            self.init(
                .probeOperation, "a line of trace() has an integer of more than 64 bits",
                cause: "the kernel writes numbers of up to 64 bits",
                nextStep: "write its halves: UInt64(truncatingIfNeeded: x >> 64)")
        case "__bpfkit_text_too_long":
            self.init(
                .probeOperation, "a text that is written out does not fit into its Text",
                cause: "a Text<16> has room for 15 bytes and a NUL", nextStep: "write a larger Text, or less")
        case "__bpfkit_no_such_argument":
            self.init(
                .probeOperation, "an argument is read that no register has",
                cause: "arguments 0 to 5 are in registers, and which one is read is known when the probe is compiled",
                nextStep: "write a constant from 0 to 5")
        case "__bpfkit_no_atomic_addition":
            self.init(
                .probeOperation, "a number of 1 or 2 bytes is added to at once with other processors",
                cause: "BPF adds to numbers of 4 and 8 bytes only", nextStep: "use UInt32 or UInt64")
        case "__bpfkit_no_removal":
            self.init(
                .probeOperation, "an entry of an array is removed", cause: "an array has all of its entries always",
                nextStep: "write zero, or use a HashMap")
        case "memcpy", "memmove", "memset", "memcmp":
            self.init(
                .probeOperation, "a value too large to be copied piece by piece is copied here",
                cause: "BPF has no \(name)", nextStep: "keep large values in a map, and change their members there")
        case _ where BackEndWords.isFloatingPoint(name):
            self.init(
                .probeFloatingPoint, "floating point has no place in BPF",
                nextStep: "use integers in a smaller unit, such as thousandths")
        case _ where name.hasPrefix("__") && name.hasSuffix("ti3"):
            self.init(
                .probeOperation, "integers of 128 bits are multiplied or divided",
                cause: "\(name) would have to be called, and BPF has no such function",
                nextStep: "use UInt64")
        case _ where name.contains("retain") || name.contains("release"):
            self.init(
                .probeAllocation, "references are counted", cause: "BPF has no memory to allocate",
                nextStep: "use structs in place of classes")
        case _ where name.hasPrefix("swift_") || name.hasPrefix("_swift_") || name.hasPrefix("$e"):
            self.init(
                .probeAllocation, "memory is allocated: for a class, an array, a text or a closure that stays",
                cause: "BPF has no memory to allocate",
                nextStep: "use structs, InlineArray, Text and maps")
        case "__bpf_core_opaque":
            self.init(
                .probeToolchain, "a member of a kernel structure is not known when the probe is compiled",
                nextStep: "name the member in place: task.tgid; else the toolchain is another one: \(ProbeError.tested)"
            )
        default:
            self.init(
                .probeOperation, "\(name) would have to be called", cause: "the program has no such function",
                nextStep: "declare only functions that are in the same program: those of the kernel (kfuncs) are for C")
        }
    }

    /// Functions of the C library that Swift's ends in, and that tell what is wrong where the user's own calls lead there.
    static let ends = ["putchar", "posix_memalign", "free", "arc4random_buf"]

    /// The functions of the compiler's runtime for floats: `__muldf3`, `__fixdfsi`, `__floatsidf`.
    private static func isFloatingPoint(_ name: String) -> Bool {
        guard name.hasPrefix("__") else { return ["fmod", "floor", "ceil", "sqrt"].contains(name) }
        return name.contains("df") || name.contains("sf") || name.contains("tf") && !name.hasPrefix("__swift")
    }

    /// A call of what is only known when the program runs.
    static let functionPointer = BackEndWords(
        .probeFunctionPointer, "a function pointer is called", cause: "BPF calls functions that are known before",
        nextStep: "write a switch over the functions, or a generic parameter")
}
