// SPDX-License-Identifier: Apache-2.0

/// Why the reads of arguments in a program cannot be turned to the registers of the user.
package struct ArgumentRefusal: Error, Sendable, Equatable {
    package enum Reason: Sendable, Equatable {
        /// A load through the context and a number that was added to it.
        case movedContext
        /// A load or store through what is the context on some ways only.
        case maybeContext
        /// A store through the context.
        case storeThroughContext
        /// Something other than a number known beforehand is done with the context.
        case arithmetic
        /// A part of the context is moved or stored.
        case partOfContext
        /// The context is stored where it is not followed.
        case contextInMemory
        /// The context lies in memory that another function is given.
        case contextInArguments
        /// A function gives the context back.
        case contextReturned
        /// `bpf_probe_read` reads from the context, as PT_REGS_PARMn_CORE does.
        case probeReadOfContext
        /// A load of more than one register at once, or of a part of two.
        case oddLoad
        /// A kernel function (kfunc) is given the context.
        case kernelFunction
        /// It is reached from programs with arguments of both kinds.
        case severalCallers
        /// A callback is not followed.
        case callback
        /// An instruction that is not known, or a jump that leads out of its function.
        case unknownCode
        /// The program is too large to be followed.
        case tooLarge
        /// The stack of a function has no room for the copy: so many bytes.
        case stack(function: String, bytes: Int)
        /// The stacks of functions that call each other have no room for the copies: so many bytes.
        case stacks(bytes: Int)
        /// A jump would be too long.
        case longJump
        /// The program would have too many instructions.
        case instructions(Int)
    }

    package let reason: Reason
    /// Where, as the program is without the copy; nil if it is about the whole.
    package let instruction: Int?

    package init(reason: Reason, instruction: Int?) {
        self.reason = reason
        self.instruction = instruction
    }

    /// Why, as a clause.
    package var words: String {
        switch reason {
        case .movedContext: "it reads through its context with a number added to it"
        case .maybeContext: "the pointer that it reads or writes through is its context on some ways only"
        case .storeThroughContext: "it writes through its context"
        case .arithmetic: "it calculates with the address of its context"
        case .partOfContext: "it moves a part of the address of its context"
        case .contextInMemory: "it stores its context where nobody can follow it"
        case .contextInArguments: "a function is given memory with the context in it"
        case .contextReturned: "a function gives the context back"
        case .probeReadOfContext: "it reads its context with bpf_probe_read, as PT_REGS_PARM1_CORE does"
        case .oddLoad: "it reads across the edge of a register"
        case .kernelFunction: "it gives its context to a kernel function"
        case .severalCallers: "it is reached from programs on other functions too"
        case .callback: "it has a function that the kernel calls back"
        case .unknownCode: "it has an instruction that is not known here, or a jump out of its function"
        case .tooLarge: "it is too large to be followed"
        case .stack(let function, let bytes):
            "function \(function) would need \(bytes) bytes of stack, and has \(TrackedState.frameSize)"
        case .stacks(let bytes):
            "functions that call each other would need \(bytes) bytes of stack together, and have "
                + "\(TrackedState.frameSize)"
        case .longJump: "a jump would become too long"
        case .instructions(let count): "it would have \(count) instructions"
        }
    }
}
