// SPDX-License-Identifier: Apache-2.0

/// The command lines of a compilation, each as a program and its arguments.
struct CompilerCommands {
    let toolchain: Toolchain
    /// The directory of the work.
    let folder: String
    /// The directory with `BPFKit.swiftmodule`.
    let kit: String
    let options: ProbeOptions

    /// The kernel's structures of 64 bits, the data layout of BPF, and an embedded standard library in the toolchain.
    private static let triple = "riscv64-none-none-eabi"

    /// What both the kit and the probes are compiled with. That is what ties this to versions of the toolchain:
    /// - clang's types for BPF: the back end then finds the calling convention of C everywhere, and none of Swift;
    /// - no merging of functions: two questions to the kernel's types must not become one.
    private func swift(isChecked: Bool) -> [String] {
        [
            toolchain.swiftc, isChecked ? "-O" : "-Ounchecked", "-wmo", "-parse-as-library",
            "-enforce-exclusivity=unchecked", "-enable-experimental-feature", "Embedded",
            "-enable-experimental-feature", "Extern", "-target", Self.triple,
            "-Xfrontend", "-clang-target", "-Xfrontend", "bpfel-none-none-elf",
            "-Xfrontend", "-disable-llvm-merge-functions-pass", "-Xfrontend", "-disable-stack-protector",
            "-Xfrontend", "-disable-all-autolinking", "-diagnostic-style", "llvm", "-no-color-diagnostics",
            "-module-cache-path", folder + "/modules",
        ] + options.architecture.conditions
    }

    /// BPFKit as a module: the same for probes with checks and without, as its functions become part of theirs.
    func kitModule(_ sources: [String], to output: String) -> [String] {
        swift(isChecked: false) + [
            "-enable-experimental-feature", "RawLayout", "-enable-experimental-feature", "BuiltinModule",
            "-module-name", "BPFKit", "-emit-module", "-suppress-warnings", "-o", output,
        ] + sources
    }

    /// The code of the probes, with its places.
    func code(_ sources: [String], to output: String) -> [String] {
        // No directory of this machine becomes part of the object; a probe has no file below /BPFKit.
        let others = kit.contains("=") ? [] : ["-debug-prefix-map", kit + "=/BPFKit"]
        return probes + ["-file-compilation-dir", "."] + others + ["-gline-tables-only", "-emit-ir", "-o", output]
            + sources
    }

    /// The types of the probes; the code is the same.
    func types(_ sources: [String], to output: String) -> [String] {
        probes + ["-g", "-suppress-warnings", "-emit-ir", "-o", output] + sources
    }

    /// What the compiler says of allocations, which it does only when it is asked.
    func allocations(_ sources: [String], to output: String) -> [String] {
        probes + ["-no-allocations", "-suppress-warnings", "-gline-tables-only", "-emit-ir", "-o", output] + sources
    }

    private var probes: [String] {
        // The kit first: no module of the user's stands in for it.
        swift(isChecked: options.isChecked) + ["-module-name", SourceNames.module, "-I", kit]
            + options.headers.flatMap { ["-I", Self.named($0)] }
    }

    /// The code as bitcode.
    func bitcode(_ input: String, to output: String) -> [String] {
        [
            toolchain.clang, "--target=" + Self.triple, "-x", "ir", input, "-Xclang", "-disable-llvm-passes",
            "-emit-llvm", "-c", "-o", output,
        ]
    }

    /// The files of the user are named as he names them, in whatever directory they are compiled: that of the compilation
    /// has a name that nothing else has, and it is taken out of the names.
    private var bpf: [String] {
        let nowhere = "/-/-"
        return [toolchain.clang, "-target", "bpf", "-mcpu=v3", "-O2", "-g", "-fdebug-compilation-dir=" + nowhere]
            + ["-fdebug-prefix-map=" + nowhere + "="]
            // An option that changes a beginning ends where the first = is.
            + (folder.contains("=") ? [] : ["-fdebug-prefix-map=" + folder + "/="])
    }

    /// The answers to questions to the kernel's types as text.
    func core(_ input: String, to output: String) -> [String] {
        bpf + ["-Xclang", "-disable-llvm-passes", "-emit-llvm", "-S", input, "-o", output]
    }

    /// The same as bitcode.
    func coreBitcode(_ input: String, to output: String) -> [String] {
        [
            toolchain.clang, "-target", "bpf", "-x", "ir", input, "-Xclang", "-disable-llvm-passes", "-emit-llvm", "-c",
            "-o", output,
        ]
    }

    /// All of it as one module and one object.
    ///
    /// What is linked as a library of built-in functions becomes part of the
    /// module as far as it is used, and is optimised with it.
    ///
    /// Names of C's library are names like others: `exit` returns here, and `log` may be a map. Headers of the user's take
    /// `stdint.h` from the compiler, as the Swift importer does, and not from this system.
    func object(_ shell: String, code: String, core: String, to output: String) -> [String] {
        bpf + [
            "-ffreestanding", "-fno-builtin", "-c", "-Wno-linker-warnings", "-Xclang", "-fno-split-cold-code", "-mllvm",
            "-bpf-disable-trap-unreachable", "-Xclang", "-mlink-builtin-bitcode", "-Xclang", code, "-Xclang",
            "-mlink-builtin-bitcode", "-Xclang", core, shell, "-o", output,
        ]
    }

    /// All that the command lines say, without the names of files: what is made with others is made anew.
    static func fingerprint(_ toolchain: Toolchain, _ options: ProbeOptions) -> String {
        let commands = CompilerCommands(toolchain: toolchain, folder: "/work", kit: "/kit", options: options)
        return [
            commands.kitModule([], to: ""), commands.code([], to: ""), commands.types([], to: ""),
            commands.bitcode("", to: ""), commands.core("", to: ""), commands.coreBitcode("", to: ""),
            commands.object("", code: "", core: "", to: ""),
        ].map { $0.joined(separator: " ") }.joined(separator: "\n")
    }

    /// The version of the toolchain.
    var version: [String] { [toolchain.swiftc, "--version"] }

    /// A file of the command line as the compilers take it: never for an option, or for a file of options.
    static func named(_ path: String) -> String { path.hasPrefix("-") || path.hasPrefix("@") ? "./" + path : path }
}
