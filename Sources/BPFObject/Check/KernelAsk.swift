// SPDX-License-Identifier: Apache-2.0

/// Something that an object asks of a kernel, and whether a kernel has it.
package struct KernelAsk: Sendable, Hashable {
    /// What it is.
    package enum Kind: String, Sendable, CaseIterable {
        /// A type of programs.
        case programType = "program type"
        /// A way to attach that programs are loaded for.
        case attachType = "attach type"
        /// A type of maps.
        case mapType = "map type"
        /// A helper, by its number.
        case helper
        /// A function of the kernel.
        case kernelFunction = "kernel function"
        /// A variable or an address of the kernel.
        case kernelSymbol = "kernel symbol"
        /// An option of the kernel's configuration, or a fact of the loader's.
        case configuration
        /// An instruction or a property of the program.
        case feature
    }

    /// Whether the kernel has it.
    package enum Answer: String, Sendable {
        /// It has.
        case yes
        /// It has not.
        case no
        /// Nothing tells.
        case notKnown = "not known"
    }

    /// What it is.
    package let kind: Kind
    /// Its name, such as `bpf_ringbuf_reserve`.
    package let name: String
    /// The first kernel that has it; nil if none is known, or if all have it.
    package let since: KernelRelease?
    /// Whether this kernel has it.
    package let answer: Answer
    /// Whether the object can do without: `__weak`, or never reached on this kernel.
    package var isOptional = false

    /// The answer by the kernel's types, else by its release.
    init(
        _ kind: Kind, _ name: String, since: KernelRelease?, number: UInt64?, _ numbers: KernelNumbers,
        _ release: KernelRelease?
    ) {
        self.kind = kind
        self.name = name
        self.since = since
        if let number, let has = numbers.has(kind, number) {
            answer = has ? .yes : .no
        } else if let since {
            answer = release.map { $0 < since ? .no : .yes } ?? .notKnown
        } else {
            answer = .yes
        }
    }

    init(_ kind: Kind, _ name: String, since: KernelRelease? = nil, answer: Answer, isOptional: Bool = false) {
        self.kind = kind
        self.name = name
        self.since = since
        self.answer = answer
        self.isOptional = isOptional
    }

    /// One clause of a cause, such as `the helper bpf_loop, which kernels have since 5.17`.
    var words: String {
        let subject = kind == .feature ? name : "the \(kind.rawValue) \(name)"
        return subject + (since.map { ", which kernels have since \($0)" } ?? "")
    }
}
