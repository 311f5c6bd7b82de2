// SPDX-License-Identifier: Apache-2.0

import EventDecoding
import Testing

@Suite("Stack frames")
struct StackFrameTests {
    @Test("a frame is its function, else its place in a file, else its address")
    func text() {
        #expect(StackFrame(address: 0x40_1234, name: "work", module: "app", offset: 0x1f).description == "work+0x1f")
        #expect(StackFrame(address: 0x40_1234, name: "work", module: "app").description == "work")
        #expect(StackFrame(address: 0x7f00_1234, module: "libc.so.6", offset: 0x1234).description == "libc.so.6+0x1234")
        #expect(StackFrame(address: 0x7f00_0000, module: "libc.so.6").description == "libc.so.6+0x0")
        #expect(StackFrame(address: 0x7f00_1234).description == "0x7f001234")
    }

    @Test("without functions of processes the kernel's have names, and addresses of user space are numbers")
    func kernelOnly() {
        let environment = FormatEnvironment(symbols: OneSymbol())
        let frames = environment.stackFrames(of: [0xffff_ffff_8100_0010, 0x7f00_1234], process: 7)
        #expect(frames.map(\.description) == ["schedule+0x10", "0x7f001234"])
        #expect(frames.map(\.isKernel) == [true, false])
    }

    private struct OneSymbol: SymbolNames {
        func symbol(at address: UInt64) -> (name: String, offset: UInt64)? {
            address >= 0xffff_ffff_8100_0000 ? ("schedule", address - 0xffff_ffff_8100_0000) : nil
        }
    }
}
