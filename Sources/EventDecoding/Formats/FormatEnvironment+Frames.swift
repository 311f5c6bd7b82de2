// SPDX-License-Identifier: Apache-2.0

extension FormatEnvironment {
    /// The functions of a stack, never fewer than addresses, by what is known.
    public func stackFrames(of addresses: [UInt64], process: UInt32?) -> [StackFrame] {
        frames?.frames(of: addresses, process: process)
            ?? addresses.map { StackFrame(kernel: $0, symbols) }
    }
}

extension StackFrame {
    /// A frame of the kernel by its symbols; an address of user space has no name there.
    package init(kernel address: UInt64, _ symbols: (any SymbolNames)?) {
        let symbol = symbols?.symbol(at: address)
        self.init(
            address: address, name: symbol?.name, offset: symbol?.offset ?? 0, isKernel: Self.isKernel(address))
    }
}
