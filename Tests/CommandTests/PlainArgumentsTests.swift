// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Testing

@testable import load_kp_bpf

/// The short way of reading a command line must not read it differently.
struct PlainArgumentsTests {
    @Test(arguments: [
        ["prog.o", "sys_bpf"], ["--load-only", "prog.o"], ["prog.o", "vfs_read", "--return", "--duration", "500ms"],
        ["-q", "-v", "prog.o", "--json", "f", "--stats"], ["--section", "other", "prog.o", "f", "--bpffs", "/mnt/bpf"],
        ["--pid-file", "/run/x.pid", "--verifier-log", "log", "prog.o", "m:f+0x10"],
        ["prog.o", "--quiet", "--verbose"], ["prog.o", "f", "g", "h"], ["minimal.bpf.o", "--trace"],
        ["prog.o", "--btf", "x", "--pin-programs", "/sys/fs/bpf/x", "--dump-globals"],
    ])
    func `a plain command line means what ArgumentParser says it means`(line: [String]) throws {
        #expect(LoadOptions(plain: line) == (try LoadKpBpf.parse(line).options))
    }

    @Test(arguments: [
        [], ["--help"], ["--version"], ["-h"], ["--set", "a=1", "prog.o"], ["--lod-only", "prog.o"],
        ["prog.o", "--section"],
        ["--section=other", "prog.o"], ["--section", "-x", "prog.o"], ["-qv", "prog.o"], ["--", "prog.o", "f"],
        ["--json", "--json", "prog.o"], ["--duration", "soon", "prog.o"], ["--maxactive", "9", "prog.o"],
        ["--map-layout", "tc", "prog.o"], ["prog.o", ""], ["-", "f"], ["--section", "a", "--section", "b", "prog.o"],
    ])
    func `whatever is not plain is left to ArgumentParser`(line: [String]) {
        #expect(LoadOptions(plain: line) == nil)
    }
}
