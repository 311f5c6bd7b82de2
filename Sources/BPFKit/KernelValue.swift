// SPDX-License-Identifier: Apache-2.0

/// What can be read of the kernel's memory as it is: numbers, pointers, text, and arrays of these.
///
/// Structures are not: their members are elsewhere on other kernels. ``Kernel`` goes into them.
public protocol KernelValue: BitwiseCopyable {}

extension Bool: KernelValue {}
extension Int: KernelValue {}
extension Int8: KernelValue {}
extension Int16: KernelValue {}
extension Int32: KernelValue {}
extension Int64: KernelValue {}
extension UInt: KernelValue {}
extension UInt8: KernelValue {}
extension UInt16: KernelValue {}
extension UInt32: KernelValue {}
extension UInt64: KernelValue {}
extension UnsafeRawPointer: KernelValue {}
extension UnsafeMutableRawPointer: KernelValue {}
extension Kernel: KernelValue {}
extension KernelEnum: KernelValue {}
extension Text: KernelValue {}
extension InlineArray: KernelValue where Element: KernelValue {}
