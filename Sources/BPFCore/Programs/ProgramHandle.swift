// SPDX-License-Identifier: Apache-2.0

public import BPFObject
internal import CBPF
public import SystemPackage

/// A loaded program, held by its descriptor.
public struct ProgramHandle: ~Copyable, Sendable {
    /// `enum bpf_prog_type`, as far as programs are loaded.
    public struct Kind: RawRepresentable, Sendable, Equatable {
        /// The kernel's number.
        public let rawValue: UInt32

        /// Takes a number of `enum bpf_prog_type`.
        public init(rawValue: UInt32) { self.rawValue = rawValue }

        /// `BPF_PROG_TYPE_KPROBE`: kprobes, kretprobes and uprobes.
        public static let kprobe = Kind(rawValue: 2)
    }

    /// What `BPF_PROG_LOAD` is told.
    public struct Attributes: Sendable {
        /// The program type.
        public var kind: Kind
        /// The name, of which the kernel keeps 15 bytes.
        public var name: String
        /// The instructions, with the descriptors of maps in them.
        public var instructions: [Instruction]
        /// The license; helpers that are "GPL only" ask for one that is compatible.
        public var license: String
        /// `LINUX_VERSION_CODE` of the kernel, which kernels before 5.0 compare for kprobe programs.
        public var kernelVersion: UInt32

        /// Creates attributes.
        public init(kind: Kind, name: String, instructions: [Instruction], license: String, kernelVersion: UInt32) {
            self.kind = kind
            self.name = name
            self.instructions = instructions
            self.license = license
            self.kernelVersion = kernelVersion
        }
    }

    /// What the kernel tells of a program (`struct bpf_prog_info`).
    public struct Info: Sendable, Equatable {
        /// The id, unique as long as the program lives.
        public var id: UInt32
        /// The first 8 bytes of the SHA of the instructions, as hexadecimal digits.
        public var tag: String
        /// Bytes of the machine code; 0 if it is interpreted.
        public var jitedSize: Int
        /// Bytes of the instructions after the verifier's rewriting.
        public var translatedSize: Int
        /// Runs, counted while statistics are on (5.1).
        public var runCount: UInt64
        /// Nanoseconds in those runs.
        public var runTime: UInt64
        /// Runs that did not happen because the program ran on that CPU already (5.12).
        public var recursionMisses: UInt64
    }

    /// The program's descriptor.
    public let descriptor: OwnedDescriptor

    /// Loads a program.
    ///
    /// - Throws: `VerifierError` with the whole log if the verifier refused, `BPFError` if the kernel did not look.
    public static func load(_ attributes: Attributes) throws(ProgramLoadError) -> ProgramHandle {
        let call = ProgramLoadCall(
            type: attributes.kind.rawValue, code: Instruction.encode(attributes.instructions),
            license: attributes.license, kernelVersion: attributes.kernelVersion, name: attributes.name)
        do throws(Errno) {
            return ProgramHandle(
                descriptor: try MemoryLock.retrying { () throws(Errno) in
                    do throws(BPFCommand.LoadFailure) {
                        return try BPFCommand.loadProgram(call, log: .none)
                    } catch {
                        throw error.errno
                    }
                })
        } catch {
            return ProgramHandle(descriptor: try explain(error, call))
        }
    }

    /// What the kernel tells of this program.
    public func info() throws(BPFError) -> Info {
        var info = cbpf_prog_info()
        do {
            try BPFCommand.readInfo(of: descriptor.rawValue, into: &info)
        } catch {
            throw BPFError(.info, errno: error, "cannot read what the kernel knows of a program")
        }
        let tag = unsafe withUnsafeBytes(of: info.tag) { bytes in
            unsafe bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        }
        return Info(
            id: info.id, tag: tag, jitedSize: Int(info.jited_prog_len), translatedSize: Int(info.xlated_prog_len),
            runCount: info.run_cnt, runTime: info.run_time_ns, recursionMisses: info.recursion_misses)
    }

    // MARK: - Asking again for the log

    /// Loads once more with a log to find out why the load failed; a load that succeeds this time is as good.
    private static func explain(
        _ errno: Errno, _ call: ProgramLoadCall
    ) throws(ProgramLoadError) -> OwnedDescriptor {
        let size: Int
        do throws(BPFCommand.LoadFailure) {
            return try BPFCommand.loadProgram(call, log: .size)
        } catch {
            size = error.logSize
        }
        // With the size known, one buffer of exactly that (the closing NUL is counted) holds the log.
        var room = size > 0 ? max(size, 128) : smallestLog
        var last: VerifierLog?
        while true {
            do throws(BPFCommand.LoadFailure) {
                return try BPFCommand.loadProgram(call, log: .into(size: room))
            } catch {
                let isCut = error.errno == .noSpace
                let log = VerifierLog(bytes: error.log, isCut: isCut)
                if isCut && room < largestLog {
                    last = log
                    room = min(room * 2, largestLog)
                } else if error.errno == .invalidArgument, log.text.isEmpty, let last {
                    // A kernel that takes no buffer of this size (before 5.2: 16 MiB) showed the beginning at least.
                    throw .verifier(errno, last)
                } else if log.text.isEmpty {
                    throw .refused(errno)
                } else {
                    throw .verifier(isCut ? errno : error.errno, log)
                }
            }
        }
    }

    private static let smallestLog = 1 << 16
    private static let largestLog = (1 << 30) - 1
}

/// Why a program was not loaded.
public enum ProgramLoadError: Error {
    /// The verifier looked at the program and refused it.
    case verifier(Errno, VerifierLog)
    /// The kernel refused without looking: privilege, attributes, memory.
    case refused(Errno)
}
