// SPDX-License-Identifier: Apache-2.0

import BTF
@testable import EventTypes
import Testing

@testable import BPFObject

struct USDTArgumentTests {
    private func text(_ argument: USDTArgument) -> String {
        let place =
            switch argument.place {
            case .constant(let value): "const \(value)"
            case .register(let register): "reg \(register.name)@\(register.offset)"
            case .memory(let register, let displacement): "mem \(register.name)@\(register.offset)+\(displacement)"
            case .indexed(let base, let index, let shift, let displacement):
                "sib \(base.name)+\(index.name)<<\(shift)+\(displacement)"
            case .variable(let name, let displacement): "var \(name)+\(displacement)"
            case .unreadable: "unreadable"
            }
        return "\(argument.isSigned ? "-" : "")\(argument.size) \(place)"
    }

    @Test(arguments: [
        ("-4@%edi", ["-4 reg rdi@112"]), ("8@%rax", ["8 reg rax@80"]), ("1@%al", ["1 reg rax@80"]),
        ("2@%r12w", ["2 reg r12@24"]), ("4@%r8d", ["4 reg r8@72"]), ("-1@%r15b", ["-1 reg r15@0"]),
        ("8@%rsp", ["8 reg rsp@152"]), ("1@%sil", ["1 reg rsi@104"]), ("8@%r11", ["8 reg r11@48"]),
        ("-4@$5", ["-4 const 5"]), ("-4@$-9", ["-4 const -9"]), ("8@$0xff", ["8 const 255"]),
        ("8@-8(%rbp)", ["8 mem rbp@32+-8"]), ("4@(%rdi)", ["4 mem rdi@112+0"]),
        ("-4@0x10(%rsp)", ["-4 mem rsp@152+16"]),
        ("8@+24(%rbx)", ["8 mem rbx@40+24"]), ("8@-8+24(%rsp)", ["8 mem rsp@152+16"]),
        ("8@(%rax,%rbx,8)", ["8 sib rax+rbx<<3+0"]), ("-2@-4(%r9,%r10,2)", ["-2 sib r9+r10<<1+-4"]),
        ("4@8(%rax,%rcx)", ["4 sib rax+rcx<<0+8"]), ("8@counter(%rip)", ["8 var counter+0"]),
        ("4@counter+4(%rip)", ["4 var counter+4"]), ("-4@8+counter.0(%rip)", ["-4 var counter.0+8"]),
        ("8@16(%rip)", ["8 mem rip@128+16"]), ("%rdi", ["8 reg rdi@112"]),
        (" -4 @ %edi  8@%rsi ", ["-4 reg rdi@112", "8 reg rsi@104"]),
        (
            "8@%rdi 4@-20(%rbp) -1@$1 8@( %rax , %rbx , 4 )",
            [
                "8 reg rdi@112", "4 mem rbp@32+-20", "-1 const 1", "8 sib rax+rbx<<2+0",
            ]
        ),
        ("8f@%xmm0", ["8 unreadable"]), ("1@%ah", ["1 unreadable"]), ("8@%fs:-8", ["8 unreadable"]),
        ("16@%rax", ["8 unreadable"]), ("8@$symbol", ["8 unreadable"]), ("8@(,%rax,8)", ["8 unreadable"]),
        ("8@(%rax,%rbx,3)", ["8 unreadable"]), ("8@%rax)", ["8 unreadable"]), ("8@", ["8 unreadable"]),
        ("@", ["8 unreadable"]), ("8@-(%rax)", ["8 unreadable"]), ("", []),
    ])
    func `x86-64 says where an argument is in the words of the assembler`(note: String, wanted: [String]) {
        #expect(USDTArgument.all(in: note, machine: 62).map(text) == wanted)
    }

    @Test(arguments: [
        ("-4@x1", ["-4 reg x1@8"]), ("4@w19", ["4 reg x19@152"]), ("8@sp", ["8 reg sp@248"]),
        ("8@fp", ["8 reg x29@232"]),
        ("-4@5", ["-4 const 5"]), ("8@#16", ["8 const 16"]), ("4@wzr", ["4 const 0"]),
        ("8@[sp, 60]", ["8 mem sp@248+60"]), ("-4@[x29,-24]", ["-4 mem x29@232+-24"]), ("8@[x0]", ["8 mem x0@0+0"]),
        ("8@[x2, #8] -4@x1", ["8 mem x2@16+8", "-4 reg x1@8"]), ("8@[x0, x1]", ["8 sib x0+x1<<0+0"]),
        ("8@[x0, x1, lsl 3]", ["8 sib x0+x1<<3+0"]), ("8@[x0, x1, lsl #2]", ["8 sib x0+x1<<2+0"]),
        ("8@[x0, w1, sxtw 3]", ["8 unreadable"]), ("8@d0", ["8 unreadable"]), ("8@x31", ["8 unreadable"]),
        ("8@[x0, :lo12:counter]", ["8 unreadable"]), ("8@[", ["8 unreadable"]),
    ])
    func `arm64 says where an argument is in the words of the assembler`(note: String, wanted: [String]) {
        #expect(USDTArgument.all(in: note, machine: 183).map(text) == wanted)
    }

    @Test func `other machines and endless notes are no harm`() {
        #expect(USDTArgument.all(in: "8@%rax", machine: 243).map(text) == ["8 unreadable"])
        #expect(USDTArgument.all(in: String(repeating: "8@%rax ", count: 1000), machine: 62).count == 64)
        #expect(USDTArgument.all(in: String(repeating: "(", count: 1000), machine: 62).map(text) == ["8 unreadable"])
        #expect(
            USDTArgument.all(in: "8@99999999999999999999(%rax)", machine: 62).map(text) == ["8 unreadable"])
    }

    // MARK: - As programs read them

    /// `struct __bpf_usdt_spec` with the arguments of libbpf 0.8 (16 bytes) or 1.7 (24 bytes).
    private func layout(withIndex: Bool) throws -> USDTSpecLayout {
        var builder = BTFBuilder()
        let long = builder.int("unsigned long long", size: 8)
        let short = builder.int("short", size: 2, isSigned: true)
        let byte = builder.int("char", size: 1)
        let int = builder.int("int", isSigned: true)
        let members: [BTFBuilder.Member] =
            withIndex
            ? [
                .init("val_off", long), .init("arg_type", int, bitOffset: 64, bitSize: 8),
                .init("idx_reg_off", short, bitOffset: 80, bitSize: 12),
                .init("scale_bitshift", short, bitOffset: 92, bitSize: 4), .init("reg_off", short, bitOffset: 112),
                .init("arg_signed", byte, bitOffset: 128), .init("arg_bitshift", byte, bitOffset: 136),
            ]
            : [
                .init("val_off", long), .init("arg_type", int, bitOffset: 64), .init("reg_off", short, bitOffset: 96),
                .init("arg_signed", byte, bitOffset: 112), .init("arg_bitshift", byte, bitOffset: 120),
            ]
        let size = withIndex ? 24 : 16
        let argument = builder.structure("__bpf_usdt_arg_spec", size: size, members)
        let array = builder.array(of: argument, count: 12, index: int)
        let spec = builder.structure(
            "__bpf_usdt_spec", size: size * 12 + 16,
            [
                .init("args", array), .init("usdt_cookie", long, bitOffset: size * 96),
                .init("arg_cnt", short, bitOffset: size * 96 + 64),
            ])
        let types = try BTF(parsing: builder.build())
        return try #require(USDTSpecLayout(types, valueType: spec))
    }

    @Test func `arguments lie where programs of libbpf's header read them`() throws {
        for layout in [USDTSpecLayout(), try layout(withIndex: false)] {
            #expect(layout.size == 208 && layout.argumentCount == 12 && !layout.takesIndex)
            let arguments = USDTArgument.all(
                in: "-4@%edi 8@-8(%rbp) 1@$3 8@(%rax,%rbx,8)", machine: 62)
            let bytes = layout.encoded(arguments, cookie: 0x1234)
            #expect(Array(bytes[0..<16]) == [0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 112, 0, 1, 32])
            #expect(Array(bytes[16..<32]) == [0xf8, 255, 255, 255, 255, 255, 255, 255, 2, 0, 0, 0, 32, 0, 0, 0])
            #expect(Array(bytes[32..<48]) == [3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 56])
            // No program of that header multiplies a register: it gets an error for this one.
            #expect(bytes[56] == 0xff)
            #expect((0..<4).map { layout.lack(of: arguments[$0], number: $0) != nil } == [false, false, false, true])
            #expect(layout.lack(of: arguments[0], number: 12)?.contains("room for 12") == true)
            #expect(Array(bytes[192..<202]) == [0x34, 0x12, 0, 0, 0, 0, 0, 0, 4, 0])
        }
    }

    @Test func `a register that is multiplied is told to programs that know it`() throws {
        let layout = try layout(withIndex: true)
        #expect(layout.size == 304 && layout.takesIndex)
        let arguments = USDTArgument.all(in: "4@-4(%rax,%rbx,8)", machine: 62)
        #expect(layout.lack(of: arguments[0], number: 0) == nil)
        let bytes = layout.encoded(arguments)
        // Index 40 in 12 bits, and 3 in the 4 above them.
        #expect(Array(bytes[0..<18]) == [0xfc, 255, 255, 255, 255, 255, 255, 255, 3, 0, 40, 0x30, 0, 0, 80, 0, 0, 32])
        #expect(bytes[296] == 1)
    }

    @Test func `more arguments than there is room for are left out`() {
        let bytes = USDTSpecLayout().encoded(USDTArgument.all(in: String(repeating: "8@%rax ", count: 20), machine: 62))
        #expect(bytes.count == 208)
        #expect(bytes[200] == 12)
    }
}
