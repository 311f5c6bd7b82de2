// SPDX-License-Identifier: Apache-2.0

import Diagnostics
import Testing

@testable import ProbeCompiler

@Suite("Reports of compilers") struct ReportTests {
    @Test("errors of the Swift compiler have their place, and notes belong to them")
    func swift() throws {
        let messages = CompilerMessages(
            """
            dir/Probe.swift:4:12: error: cannot find 'x' in scope
              let y = x
                      ^
            Probe.swift:2:5: note: did you mean 'z'?
            Probe.swift:9:1: warning: unused: yes
            <unknown>:0: error: nothing
            """)
        let errors = messages.diagnostics(.error)
        let error = try #require(errors.first)
        #expect(errors.count == 1 && error.code == .probeSource && error.message == "cannot find 'x' in scope")
        #expect(error.source?.file == "dir/Probe.swift" && error.source?.line == 4 && error.source?.column == 12)
        #expect(error.labels.last?.message == "did you mean 'z'?")
        let warning = try #require(messages.diagnostics(.warning).first)
        #expect(warning.severity == .warning && warning.message == "unused: yes")
    }

    @Test("errors of the back end have the place that it names by its own words")
    func backEnd() throws {
        let found = BackEndMessages.diagnostics(
            """
            warning: linking module
            error: A call to built-in function '__muldf3' is not supported.
            remark: could not determine the original source location for Probe.swift:6:9
            fatal error: error in backend: unsupported signed division, please convert to unsigned div/mod.
            """, sources: ["Probe.swift"])
        #expect(found.map(\.code) == [.probeFloatingPoint, .probeDivision])
        #expect(found.first?.source?.line == 6)
        #expect(found.last?.source == nil)
    }

    @Test("a place that is not the user's is none")
    func foreignPlaces() {
        let found = BackEndMessages.diagnostics(
            "/kit/Maps.swift:6:9: error: Looks like the BPF stack limit is exceeded", sources: ["Probe.swift"])
        #expect(found.map(\.code) == [.probeStack] && found.first?.source == nil)
    }

    @Test(
        "calls that are left over are told by what they mean",
        arguments: [
            ("swift_once", Diagnostic.Code.probeGlobal), ("swift_retain", .probeAllocation),
            ("swift_allocObject", .probeAllocation), ("__bpf_trap", .probeTrap), ("memcpy", .probeOperation),
            ("__divti3", .probeOperation), ("__fixdfsi", .probeFloatingPoint), ("mine", .probeOperation),
        ])
    func calls(name: String, code: Diagnostic.Code) { #expect(BackEndWords(runtimeFunction: name).code == code) }

    @Test("a function that calls itself by way of another one is found with its place")
    func recursion() throws {
        let graph = CallGraph(
            """
            define i32 @"$e5Probe1ayyF"(i32 %0) !dbg !1 {
              %2 = tail call i32 @"$e5Probe1byyF"(i32 %0), !dbg !7
            }
            define i32 @"$e5Probe1byyF"(i32 %0) !dbg !2 {
              %2 = call i32 @"$e5Probe1cyyF"(i32 %0)
              %3 = call i32 @"$e5Probe1ayyF"(i32 %0)
            }
            !1 = distinct !DISubprogram(name: "a", file: !3, line: 4)
            !2 = distinct !DISubprogram(name: "b", file: !3, line: 8)
            !3 = !DIFile(filename: "Probe.swift", directory: "")
            """)
        let found = try #require(graph.recursion)
        #expect(found.name == "a" && found.place == SourcePlace(file: "Probe.swift", line: 4))
    }

    @Test("functions that call each other in one direction are no recursion")
    func noRecursion() {
        let graph = CallGraph(
            """
            define i32 @"$e1a"() {
              %1 = call i32 @"$e1b"()
              %2 = call i32 @"$e1b"()
            }
            define i32 @"$e1b"() {
              %1 = call i32 @"$e1c"()
            }
            """)
        #expect(graph.recursion == nil)
    }
}
