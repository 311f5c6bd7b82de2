// SPDX-License-Identifier: Apache-2.0

import Diagnostics
import TestSupport
import Testing

@testable import BPFObject

/// What objects ask of the kernel's configuration.
struct KconfigTests {
    private static let facts = KernelFacts(version: 0x06_010c, hasCookies: true, hasSyscallWrappers: false)

    private func section(_ declarations: String, _ target: String = "bpfel") throws -> KconfigSection {
        var uses = ""
        for name in declarations.split(whereSeparator: { !$0.isLetter && !$0.isNumber && $0 != "_" })
        where name.hasPrefix("CONFIG_") || name.hasPrefix("LINUX_") {
            uses += "sum += *(volatile char *)&\(name);\n"
        }
        let source = """
            #include "fixture.h"
            #define __kconfig __attribute__((section(".kconfig")))
            #define __weak __attribute__((weak))
            enum libbpf_tristate { TRI_NO, TRI_YES, TRI_MODULE };
            \(declarations)
            SECTION("prog") int f(void *c) { int sum = 0; \(uses) return sum; }
            """
        let object = try Object(parsing: compileBPF(source: source, target: target, arguments: ["-g"]), name: "k.o")
        let map = try #require(object.maps.last)
        #expect(map.origin == .configuration && map.kernelName == "k.kconfig" && map.flags == 0x80)
        let section = try #require(object.configuration)
        #expect(map.content?.bytes.count == section.size)
        return section
    }

    private func contents(_ section: KconfigSection, _ config: String) throws(ObjectError) -> [UInt8] {
        let text = KernelConfigText(Array(config.utf8), names: section.optionNames)
        return try section.contents(facts: Self.facts, source: "/proc/config.gz") { text[$0] }
    }

    private func fault(_ declaration: String, _ config: String) throws -> ConfigurationFault {
        let section = try section(declaration)
        let error = #expect(throws: ObjectError.self) { try contents(section, config) }
        #expect(error?.diagnostic.nextStep != nil)
        guard case .configuration(let fault)? = error?.reason else { throw ObjectTestFailure("\(declaration)") }
        return fault
    }

    @Test(arguments: ["bpfel", "bpfeb"])
    func `variables lie by alignment, size and name, and hold their values`(target: String) throws {
        let section = try section(
            """
            extern _Bool CONFIG_B __kconfig; extern unsigned long CONFIG_HZ __kconfig; extern int LINUX_KERNEL_VERSION __kconfig;
            extern char CONFIG_TEXT[6] __kconfig; extern enum libbpf_tristate CONFIG_T __kconfig; extern char CONFIG_C __kconfig;
            extern _Bool LINUX_HAS_BPF_COOKIE __kconfig;
            """, target)
        #expect(
            section.variables.map(\.name) == [
                "CONFIG_HZ", "CONFIG_T", "LINUX_KERNEL_VERSION", "CONFIG_B", "CONFIG_C", "LINUX_HAS_BPF_COOKIE",
                "CONFIG_TEXT",
            ])
        #expect(section.variables.map(\.offset) == [0, 8, 12, 16, 17, 18, 19] && section.size == 25)
        let bytes = try contents(
            section, "CONFIG_B=y\nCONFIG_HZ=250\r\nCONFIG_TEXT=\"a\\\"b\"\nCONFIG_T=m\n# CONFIG_C is not set\nJUNK\n")
        var expected: [UInt8] =
            target == "bpfel"
            ? [250, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0x0c, 1, 6, 0]
            : [0, 0, 0, 0, 0, 0, 0, 250, 0, 0, 0, 2, 0, 6, 1, 0x0c]
        expected += [1, UInt8(ascii: "n"), 1] + Array("a\"b\0\0\0".utf8)
        #expect(bytes == expected)
    }

    @Test func `a missing option is 0 if it is weak, else an error that tells where it was looked for`() throws {
        let weak = try section("extern int CONFIG_NONE __kconfig __weak; extern int LINUX_OTHER __kconfig __weak;")
        #expect(try contents(weak, "") == [UInt8](repeating: 0, count: 8))
        #expect(try fault("extern int CONFIG_NONE __kconfig;", "") == .missing("/proc/config.gz"))
        #expect(try fault("extern int LINUX_OTHER __kconfig;", "") == .unknownFact)
    }

    @Test func `a value that does not fit its variable is refused`() throws {
        #expect(try fault("extern _Bool CONFIG_X __kconfig;", "CONFIG_X=m") == .mismatch(.module, .bool))
        #expect(try fault("extern short CONFIG_X __kconfig;", "CONFIG_X=32768") == .range(.unsigned(32768), size: 2))
        #expect(try fault("extern unsigned CONFIG_X __kconfig;", "CONFIG_X=-1") == .range(.negative(-1), size: 4))
        #expect(
            try fault("extern int CONFIG_X __kconfig;", "CONFIG_X=\"ab\"")
                == .mismatch(.text("ab"), .integer(size: 4, isSigned: true)))
        guard case .type = try fault("struct s { int a; }; extern struct s CONFIG_X __kconfig;", "CONFIG_X=1") else {
            throw ObjectTestFailure("a structure was taken")
        }
    }

    @Test func `lines that are no options say nothing`() {
        let text = KernelConfigText(
            Array("CONFIG_A=\nCONFIG_B=0x1f\nCONFIG_C=\"\nXCONFIG_D=y\n#CONFIG_E=y\nCONFIG_F=y".utf8))
        #expect(text.values == ["CONFIG_B": .unsigned(31), "CONFIG_F": .yes])
    }
}
