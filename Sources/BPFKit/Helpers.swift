// SPDX-License-Identifier: Apache-2.0

import Builtin

/// An address in the memory of the kernel or of a process.
///
/// It may be read by what ``Kernel``, ``Text`` and ``readKernel(_:at:)`` offer, and not by following it.
public typealias Address = UnsafeRawPointer

/// The number `number` taken for a function of type `Function`: BPF calls the kernel's helpers by number.
///
/// Everything in this module that needs the kernel goes through here. In a probe it is inlined away; in a program of the
/// host, where there is no such function, it stops the program.
@_transparent
public func kernelHelper<Function>(_ number: Int, as type: Function.Type) -> Function {
    #if hasFeature(Embedded)
        unsafeBitCast(number, to: Function.self)
    #else
        fatalError("BPFKit: helpers of the kernel can be called in a probe only")
    #endif
}

/// The number taken for an address, null too.
///
/// Not by way of an optional that is unwrapped: that would make the compiler sure that it is not null.
@_transparent
public func rawAddress(_ number: Int) -> UnsafeRawPointer {
    UnsafeRawPointer(Builtin.inttoptr_Word(number._builtinWordValue))
}

/// Calls `body` with a copy of the value on the stack, whose padding is zero.
///
/// Kernels before 6.3 let no byte go out of a program that was never written.
@_transparent
public func withBytes<Value: BitwiseCopyable, Result>(of value: Value, _ body: (UnsafeMutableRawPointer) -> Result)
    -> Result
{
    withUnsafeTemporaryAllocation(byteCount: MemoryLayout<Value>.stride, alignment: 8) { room in
        let place = room.baseAddress.unsafelyUnwrapped
        place.initializeMemory(as: UInt8.self, repeating: 0, count: MemoryLayout<Value>.stride)
        place.storeBytes(of: value, as: Value.self)
        return body(place)
    }
}

/// What a program gets from the kernel: a pointer to a context whose form the kind of the program decides.
public protocol ProbeContext {
    /// The context, as the kernel hands it over.
    var pointer: UnsafeRawPointer { get }
}
