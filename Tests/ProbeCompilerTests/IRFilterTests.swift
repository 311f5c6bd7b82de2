// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import ProbeCompiler

@Suite("IR filter") struct IRFilterTests {
    private func filtered(_ text: String, isChecked: Bool = false) -> String {
        IRFilter(sources: ["Probe.swift"], isChecked: isChecked, isQuestion: KernelQuestion.isOne).filtered(text)
    }

    @Test("what keeps functions alive and their sections go, since the shell has the programs")
    func sections() {
        let text = filtered(
            """
            @llvm.used = appending global [1 x ptr] [ptr @a], section "llvm.metadata"
            define hidden void @"$e5Probe1ayyF"(ptr %0) #0 section "kprobe/a" !dbg !3 {
              ret void
            }
            """)
        #expect(
            text == """
                define hidden void @"$e5Probe1ayyF"(ptr %0) #0 !dbg !3 {
                  ret void
                }

                """)
    }

    @Test("questions to the kernel's types and functions of the runtime become declarations")
    func declarations() {
        let text = filtered(
            """
            define linkonce_odr hidden i64 @"$e6BPFKit8coreFactySixm_S2itlF5Probe4taskV_Ttg5"(i64 %0, i64 %1) local_unnamed_addr #2 !dbg !8 {
            entry:
              ret i64 0
            }
            define weak_odr protected zeroext i1 @swift_isUnique(ptr sret(%T4a) captures(none) %0, i32 signext %1) #0 {
              ret i1 true
            }
            define void @other() {
            """)
        #expect(
            text == """
                declare i64 @"$e6BPFKit8coreFactySixm_S2itlF5Probe4taskV_Ttg5"(i64, i64)
                declare zeroext i1 @swift_isUnique(ptr sret(%T4a) captures(none), i32 signext)
                define void @other() {

                """)
    }

    @Test("places inside BPFKit become the places in the user's file that they were inlined into")
    func places() {
        let text = filtered(
            """
            !1 = !DIFile(filename: "Probe.swift", directory: "/home/u")
            !2 = !DIFile(filename: "/kit/Maps.swift", directory: "")
            !3 = distinct !DISubprogram(name: "run", file: !1, spFlags: DISPFlagDefinition)
            !4 = distinct !DISubprogram(name: "get", file: !2, spFlags: DISPFlagLocalToUnit | DISPFlagDefinition)
            !5 = distinct !DILocation(line: 7, column: 2, scope: !3)
            !6 = !DILocation(line: 90, column: 1, scope: !4, inlinedAt: !5)
            !7 = !DILocation(line: 0, scope: !3, inlinedAt: !5)
            !8 = !DILocation(line: 8, column: 3, scope: !3)
            """
        ).split(separator: "\n")
        #expect(text[0] == "!1 = !DIFile(filename: \"Probe.swift\", directory: \"\")")
        #expect(text[5] == "!6 = !DILocation(line: 7, column: 2, scope: !3)")
        #expect(text[6] == "!7 = !DILocation(line: 7, column: 2, scope: !3)")
        #expect(text[7] == "!8 = !DILocation(line: 8, column: 3, scope: !3)")
        #expect(text[4].hasPrefix("!5 = distinct "))
    }

    @Test("a function of BPFKit that is only called becomes part of its callers, and has no place of its own")
    func functionsOfOthers() {
        let text = filtered(
            """
            define internal i64 @"$e6BPFKit4readyS2ixFTf4nd_n"(i64 %0) local_unnamed_addr #1 !dbg !4 {
              %2 = add i64 %0, 1, !dbg !6
              ret i64 %2, !dbg !6
            }
            define internal void @taken(ptr %0) #1 !dbg !4 {
              ret void, !dbg !6
            }
            define internal void @kept() #2 !dbg !4 {
              ret void, !dbg !6
            }
            define i64 @run() #1 !dbg !3 {
              call void @kept(), !dbg !8
              %1 = call i64 @loop(i32 3, ptr @taken), !dbg !8
              %2 = call i64 @"$e6BPFKit4readyS2ixFTf4nd_n"(i64 %1), !dbg !8
              ret i64 %2, !dbg !8
            }
            attributes #1 = { nounwind }
            attributes #2 = { noinline nounwind }
            !1 = !DIFile(filename: "Probe.swift", directory: "/home/u")
            !2 = !DIFile(filename: "/BPFKit/Kernel.swift", directory: "")
            !3 = distinct !DISubprogram(name: "run", file: !1, line: 3, spFlags: DISPFlagDefinition)
            !4 = distinct !DISubprogram(name: "read", file: !2, line: 9, spFlags: DISPFlagDefinition)
            !6 = !DILocation(line: 90, column: 1, scope: !4)
            !8 = !DILocation(line: 8, column: 3, scope: !3)
            """
        ).split(separator: "\n")
        #expect(
            text[0]
                == #"define internal i64 @"$e6BPFKit4readyS2ixFTf4nd_n"(i64 %0) local_unnamed_addr alwaysinline #1 {"#)
        #expect(text[1] == "  %2 = add i64 %0, 1" && text[2] == "  ret i64 %2")
        #expect(text[4] == "define internal void @taken(ptr %0) #1 !dbg !4 {" && text[5] == "  ret void, !dbg !6")
        #expect(text[7] == "define internal void @kept() #2 !dbg !4 {")
        #expect(text[10] == "define i64 @run() #1 !dbg !3 {" && text[11] == "  call void @kept(), !dbg !8")
    }

    @Test("a circle of places ends")
    func circle() {
        let text = "!1 = distinct !DILocation(line: 0, scope: !9, inlinedAt: !1)\n"
        #expect(filtered(text) == text + "\n")
    }

    @Test("functions are static, and have prototypes and names that the kernel's types take")
    func functions() {
        let text = filtered(
            """
            !1 = distinct !DISubprogram(name: "rawValue.get", file: !2, spFlags: DISPFlagDefinition)
            !2 = distinct !DISubprogram(linkageName: "$e", spFlags: DISPFlagLocalToUnit | DISPFlagDefinition)
            !3 = !DISubroutineType(types: null)
            """
        ).split(separator: "\n")
        #expect(
            text[0].contains("name: \"rawValue_get\"") && text[0].contains("DISPFlagLocalToUnit | DISPFlagDefinition"))
        #expect(text[1].contains("name: \"closure\", linkageName"))
        #expect(text[2] == "!3 = !DISubroutineType(types: !{null})")
    }

    @Test("fatalError ends the run, with checks and without", arguments: [true, false])
    func endings(isChecked: Bool) {
        let text = filtered("  tail call void @__bpfkit_end(), !dbg !4\n", isChecked: isChecked)
        #expect(text.contains(#"call void asm sideeffect "r0 = 0\0Aexit", "~{r0}"(), !dbg !4"#))
    }

    @Test("a trap ends the run where checks are asked for, and stays where they are not")
    func traps() {
        let line = "  tail call void @llvm.trap(), !dbg !4\n"
        #expect(filtered(line) == line + "\n")
        #expect(
            filtered(line, isChecked: true).contains(#"call void asm sideeffect "r0 = 0\0Aexit", "~{r0}"(), !dbg !4"#))
    }

    // MARK: - Functions of the kernel

    private static let kernelCode = """
        declare void @bpf_rcu_read_lock() #1
        declare swiftcc noundef ptr @bpf_task_from_pid(i32 noundef signext) local_unnamed_addr #1
        declare zeroext i1 @bpf_test(ptr, i64, i1 zeroext)
        declare void @bpf_many(i64, i64, i64, i64, i64, i64)
        declare { i64, i64 } @bpf_pair(%T1)
        declare void @undeclared(i32)
          call void @bpf_rcu_read_lock(), !dbg !1
          %2 = call ptr @bpf_task_from_pid(i32 signext 1), !dbg !1
          call void @undeclared(i32 1)
        """
    private static let kernelSource = """
        // @_extern(c) func undeclared()
        @_extern(c) func bpf_rcu_read_lock()
        @_extern(c)
        public func bpf_task_from_pid(_ pid: Int32) -> UnsafeMutableRawPointer?
        @_extern(c) func bpf_test(_ a: UnsafeRawPointer, _ b: UInt64, _ c: Bool) -> Bool
        @_extern(c) func bpf_many(_ a: Int)
        @_extern(c) func bpf_pair(_ a: Int)
        """

    @Test("functions of the kernel are those that a source declares and whose types go through registers")
    func kernelFunctions() {
        let found = KernelFunction.all(in: Self.kernelCode, sources: [Array(Self.kernelSource.utf8)])
        #expect(found.map(\.name) == ["bpf_rcu_read_lock", "bpf_task_from_pid", "bpf_test"])
        #expect(found.map(\.result) == ["void", "void *", "_Bool"])
        #expect(found.map(\.parameters) == [[], ["unsigned"], ["void *", "unsigned long long", "_Bool"]])
        #expect(KernelFunction.all(in: Self.kernelCode, sources: []).isEmpty)
    }

    @Test("functions of the kernel are called by way of functions in C, which declare them where the loader looks")
    func kernelCalls() {
        let functions = KernelFunction.all(in: Self.kernelCode, sources: [Array(Self.kernelSource.utf8)])
        let text = IRFilter(
            sources: ["Probe.swift"], isChecked: false, isQuestion: KernelQuestion.isOne,
            callers: functions.map { ($0.name, $0.caller) }
        ).filtered(Self.kernelCode)
        #expect(text.contains("  %2 = call ptr @__bpfkit_call_bpf_task_from_pid(i32 signext 1), !dbg !1\n"), "\(text)")
        #expect(text.contains("declare void @__bpfkit_call_bpf_rcu_read_lock() #1\n"), "\(text)")
        #expect(text.contains("call void @undeclared(i32 1)"), "\(text)")
        let core = CoreWriter.text(of: ProbeModule(), calling: functions)
        #expect(core.contains("extern void bpf_rcu_read_lock(void) __attribute__((section(\".ksyms\")));\n"))
        #expect(
            core.contains(
                "_Bool __bpfkit_call_bpf_test(void * p0, unsigned long long p1, _Bool p2) { return bpf_test(p0, p1, p2); }"
            ), "\(core)")
    }
}
