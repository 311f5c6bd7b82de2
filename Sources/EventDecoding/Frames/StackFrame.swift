// SPDX-License-Identifier: Apache-2.0

/// One function of a stack.
public struct StackFrame: Sendable, Equatable {
    /// The address, as the stack has it.
    public var address: UInt64
    /// The function as people read it (demangled); nil if it is not known.
    public var name: String?
    /// What the address lies in: a module of the kernel, the base name of a file, `[vdso]`; nil if that is not known, or is the
    /// kernel's image.
    public var module: String?
    /// Bytes behind the start of the function; where no function is known, those behind the start of the file.
    public var offset: UInt64
    /// The line of the source: `file.c:12`; nil if it is not known.
    public var place: String?
    /// Whether the compiler put the function into the one that follows in the stack.
    public var isInlined: Bool
    /// Whether it is one of the kernel.
    public var isKernel: Bool

    /// Creates a frame.
    public init(
        address: UInt64, name: String? = nil, module: String? = nil, offset: UInt64 = 0, place: String? = nil,
        isInlined: Bool = false, isKernel: Bool = false
    ) {
        self.address = address
        self.name = name
        self.module = module
        self.offset = offset
        self.place = place
        self.isInlined = isInlined
        self.isKernel = isKernel
    }

    /// Whether an address is one of the kernel: the upper half of the addresses is the kernel's on x86-64 and arm64.
    public static func isKernel(_ address: UInt64) -> Bool { address >> 63 == 1 }
}

extension StackFrame: CustomStringConvertible {
    /// The frame as stacks write it: `name+0x1f`, `name (file.c:12)` where the line is known, `name (inlined, file.c:12)`;
    /// `libc.so.6+0x1234` where no name is known; `0x…` where nothing is.
    public var description: String {
        let digits = { (number: UInt64) in "0x" + String(number, radix: 16) }
        guard let text = name ?? module else { return digits(address) }
        if let source = placeText { return text + source }
        // Behind the name of a file an offset of 0 is a place, too.
        return offset == 0 && name != nil ? text : text + "+" + digits(offset)
    }
}

extension StackFrame {
    /// Where the source of the function is, as it stands behind the name; nil if only the offset says more.
    package var placeText: String? {
        guard name != nil else { return nil }
        guard isInlined else { return place.map { " (\($0))" } }
        return place.map { " (inlined, \($0))" } ?? " (inlined)"
    }
}

/// The functions that addresses of stacks lie in.
public protocol StackFrames: Sendable {
    /// The functions of a stack, the innermost first: of each address one, and in front of it those that were inlined there.
    ///
    /// - Parameters:
    ///   - addresses: The addresses, the innermost first: of the kernel, and of the process.
    ///   - process: The process that the addresses of user space are of, as the initial namespace has it; nil if it is not
    ///     known.
    func frames(of addresses: [UInt64], process: UInt32?) -> [StackFrame]

    /// The function at a place of a file that is told by its build id, and in front of it those that were inlined there; none
    /// if the file is not known.
    func frames(ofBuildID id: [UInt8], offset: UInt64) -> [StackFrame]
}

extension StackFrames {
    /// Without files of known build ids.
    public func frames(ofBuildID id: [UInt8], offset: UInt64) -> [StackFrame] { [] }
}

extension LineBuffer {
    /// Appends a frame; characters of names that are none of text are escaped.
    mutating func appendFrame(_ frame: StackFrame) {
        guard let text = frame.name ?? frame.module else {
            append("0x")
            return append(UInt128(frame.address), bitsPerDigit: 4)
        }
        appendEscaped(text, quoted: false)
        if let source = frame.placeText { return appendEscaped(source, quoted: false) }
        guard frame.offset > 0 || frame.name == nil else { return }
        append("+0x")
        append(UInt128(frame.offset), bitsPerDigit: 4)
    }
}
