// SPDX-License-Identifier: Apache-2.0

import BTF
import BPFObject
import Diagnostics
import Foundation
import Testing

@testable import BPFCore

private let thisKernel = UnameFacts(release: "6.1.0-test", version: "", machine: "x86_64")

/// BTF of a kernel with a structure and a function.
private func kernelBTF(byteOrder: ByteOrder = .native) -> BTFBuilder {
    var builder = BTFBuilder(byteOrder: byteOrder)
    let int = builder.int("int", isSigned: true)
    _ = builder.structure("task_struct", size: 4, [BTFBuilder.Member("pid", int)])
    let prototype = builder.prototype(returning: int)
    _ = builder.function("vfs_read", type: prototype)
    return builder
}

/// An ELF file of 64 bits with the sections `.BTF` and `.shstrtab`.
private func elf(_ btf: [UInt8], machine: UInt16 = BTFFile.nativeMachine, btfSize: Int? = nil) -> Data {
    let names: [UInt8] = Array("\0.BTF\0.shstrtab\0".utf8)
    var file: [UInt8] = [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1] + Array(repeating: 0, count: 57)
    func put(_ value: UInt64, _ size: Int, at offset: Int) {
        for index in 0..<size { file[offset + index] = UInt8(truncatingIfNeeded: value >> (8 * index)) }
    }
    let table = 64 + btf.count + names.count
    put(UInt64(machine), 2, at: 18)
    put(UInt64(table), 8, at: 40)
    put(64, 2, at: 58)
    put(3, 2, at: 60)
    put(2, 2, at: 62)
    file += btf + names + Array(repeating: 0, count: 3 * 64)
    for (index, name, offset, size) in [(1, 1, 64, btfSize ?? btf.count), (2, 6, 64 + btf.count, names.count)] {
        let at = table + index * 64
        put(UInt64(name), 4, at: at)
        put(1, 4, at: at + 4)
        put(UInt64(offset), 8, at: at + 24)
        put(UInt64(size), 8, at: at + 32)
    }
    return Data(file)
}

struct KernelTypesTests {
    @Test func `a structure of functions needs the types of the kernel, and their lack is named`() throws {
        let machine = try FakeKernel()
        let kernel = Kernel(btf: nil, roots: machine.roots)
        let error = #expect(throws: EnvironmentError.self) { _ = try kernel.structure(named: "tcp_congestion_ops") }
        #expect(error?.diagnostic.code == .kernelTypesMissing, "\(String(describing: error))")
        #expect(error?.diagnostic.nextStep != nil)
        try machine.write(Data(kernelBTF().build()), to: "sys/kernel/btf/vmlinux")
        #expect(try Kernel(btf: nil, roots: machine.roots).structure(named: "tcp_congestion_ops") == nil)
    }

    @Test func `what the kernel shows of itself is read`() throws {
        let kernel = try FakeKernel()
        try kernel.write(Data(kernelBTF().build()), to: "sys/kernel/btf/vmlinux")
        let types = KernelTypes(roots: kernel.roots, kernel: thisKernel)
        #expect(try types.kernelTypes().ids(essentialName: "task_struct") == [2])
        #expect(try types.function(named: "vfs_read") == KernelObject(id: 4))
        #expect(try types.function(named: "vfs_write") == nil)
        #expect(try types.typedef(named: "vfs_read") == nil)
    }

    @Test func `types of modules are found, and a broken module is passed over with a note`() throws {
        let kernel = try FakeKernel()
        let base = kernelBTF().build()
        var module = BTFBuilder(base: try BTF(parsing: base))
        _ = module.structure("module_state", size: 4, [BTFBuilder.Member("pid", 1)])
        try kernel.write(Data(base), to: "sys/kernel/btf/vmlinux")
        try kernel.write(Data(module.build()), to: "sys/kernel/btf/good")
        try kernel.write(Data([0x9f, 0xeb, 1]), to: "sys/kernel/btf/broken")
        let types = KernelTypes(roots: kernel.roots, kernel: thisKernel)
        let indices = types.moduleTypes()
        #expect(indices.map { $0.ids(essentialName: "module_state") } == [[5]])
        #expect(types.notes.map(\.message) == ["the types of module broken are passed over"])
    }

    @Test func `an image of the kernel stands in where sysfs has no types`() throws {
        let kernel = try FakeKernel()
        try kernel.write(elf(kernelBTF().build()), to: "boot/vmlinux-6.1.0-test")
        let types = KernelTypes(roots: kernel.roots, kernel: thisKernel)
        #expect(try types.kernelTypes().ids(essentialName: "task_struct") == [2])
    }

    @Test func `missing types are an error that says where they were looked for and what helps`() throws {
        let kernel = try FakeKernel()
        let types = KernelTypes(roots: kernel.roots, kernel: thisKernel)
        let error = #expect(throws: TargetTypesError.self) { _ = try types.kernelTypes() }
        let diagnostic = try #require(error?.diagnostic)
        #expect(diagnostic.details.first?.contains("/sys/kernel/btf/vmlinux: ENOENT") == true)
        #expect(diagnostic.hint?.actions == [.set(Diagnostic.Setting(.kernelTypes, "FILE"))])
        #expect(diagnostic.code == .kernelTypesMissing)
    }

    @Test(arguments: ["6.1.0-test", "6.1.0-test.btf", "vmlinux-6.1.0-test", "debian/12/x86_64/6.1.0-test.btf"])
    func `a folder has the types of this release`(name: String) throws {
        let kernel = try FakeKernel(["etc/os-release": "NAME=x\nID=debian\nVERSION_ID=\"12\"\n"])
        try kernel.write(Data(kernelBTF().build()), to: "types/" + name)
        let types = KernelTypes(file: kernel.folder + "/types", roots: kernel.roots, kernel: thisKernel)
        #expect(try types.kernelTypes().ids(essentialName: "task_struct") == [2])
        #expect(types.moduleTypes().isEmpty)
    }

    @Test func `a folder without this release is an error with the names that it may have`() throws {
        let kernel = try FakeKernel()
        let types = KernelTypes(file: kernel.folder, roots: kernel.roots, kernel: thisKernel)
        let error = #expect(throws: TargetTypesError.self) { _ = try types.kernelTypes() }
        #expect(error?.diagnostic.details.contains { $0.hasSuffix("/6.1.0-test.btf") } == true)
    }

    @Test func `files that are of other machines or lie are refused with the reason`() throws {
        let kernel = try FakeKernel()
        let blob = kernelBTF().build()
        let other: ByteOrder = ByteOrder.native == .little ? .big : .little
        var otherOrder = elf(blob)
        otherOrder[5] = 2
        let files: [(Data, String)] = [
            (Data(kernelBTF(byteOrder: other).build()), "byte order"),
            (elf(blob, machine: 22), "architecture"),
            (otherOrder, "byte order"),
            (elf(blob, btfSize: 1 << 40), "goes beyond"),
            (Data("hello".utf8), "not BTF"),
            (Data(), "not BTF"),
        ]
        for (content, reason) in files {
            try kernel.write(content, to: "file")
            let types = KernelTypes(file: kernel.folder + "/file", roots: kernel.roots, kernel: thisKernel)
            let error = #expect(throws: TargetTypesError.self) { _ = try types.kernelTypes() }
            #expect(error?.diagnostic.cause?.contains(reason) == true, "\(reason)")
        }
    }

    @Test func `no cut or flipped byte of an image makes a trap`() throws {
        let kernel = try FakeKernel()
        let whole = elf(kernelBTF().build())
        for index in whole.indices {
            var flipped = whole
            flipped[index] ^= 0xff
            for content in [Data(whole[..<index]), flipped] {
                try kernel.write(content, to: "file")
                _ = try? BTFFile.types(kernel.folder + "/file")
            }
        }
    }
}
