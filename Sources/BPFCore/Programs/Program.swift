// SPDX-License-Identifier: Apache-2.0

public import BPFObject
internal import CBPF
internal import Diagnostics

/// A loaded program, held by its descriptor.
public struct Program: ~Copyable, Sendable {
    /// Records of `.BTF.ext` about a program, with instructions counted from its start.
    package struct InfoRecords: Sendable, Equatable {
        /// Bytes of one record, as whoever wrote them knew it.
        package var recordSize: Int
        /// The records, one after the other.
        package var bytes: [UInt8]

        /// Takes records; `recordSize` is more than 0.
        package init(recordSize: Int, bytes: [UInt8]) {
            self.recordSize = max(recordSize, 1)
            self.bytes = bytes
        }

        var count: Int { bytes.count / recordSize }

        /// The records without what follows the first `size` bytes of each; nil if they are no longer than that.
        func cut(to size: Int) -> InfoRecords? {
            guard recordSize > size else { return nil }
            var short: [UInt8] = []
            short.reserveCapacity(count * size)
            for index in 0..<count { short += bytes[(index * recordSize)...].prefix(size) }
            return InfoRecords(recordSize: size, bytes: short)
        }
    }

    /// What `BPF_PROG_LOAD` is told.
    package struct Attributes: Sendable {
        /// A number of `enum bpf_prog_type`.
        package var type: UInt32
        /// The name, of which the kernel keeps 15 bytes.
        package var name: String
        /// The instructions, with the descriptors of maps in them.
        package var instructions: [Instruction]
        /// The license; helpers that are "GPL only" ask for one that is compatible.
        package var license: String
        /// `LINUX_VERSION_CODE` of the kernel, which kernels before 5.0 compare for kprobe programs.
        package var kernelVersion: UInt32
        /// A number of `enum bpf_attach_type`, 0 for types that do not ask for one.
        package var expectedAttachType: UInt32
        /// `BPF_F_SLEEPABLE` (0x10) and other bits for `prog_flags`.
        package var flags: UInt32
        /// The program's own BTF, loaded; the records below are about its types.
        package var btf: Int32?
        /// `func_info`, a record for each function; only sent with `btf`.
        package var functionInfo: InfoRecords?
        /// `line_info`, the lines of the source; only sent with `btf`.
        package var lineInfo: InfoRecords?
        /// The function, typedef or type of the kernel that the program goes to; 0 for none.
        package var attachBTFID: UInt32
        /// What that id is of if it is not of vmlinux: the BTF of a module (5.11), or a loaded program.
        package var attachTarget: Int32?
        /// `fd_array`: the BTF of modules whose functions are called, from index 1 (5.14).
        package var descriptors: [Int32]

        /// Creates attributes.
        package init(
            type: UInt32, name: String, instructions: [Instruction], license: String, kernelVersion: UInt32,
            expectedAttachType: UInt32 = 0, flags: UInt32 = 0, btf: Int32? = nil, functionInfo: InfoRecords? = nil,
            lineInfo: InfoRecords? = nil, attachBTFID: UInt32 = 0, attachTarget: Int32? = nil,
            descriptors: [Int32] = []
        ) {
            self.type = type
            self.name = name
            self.instructions = instructions
            self.license = license
            self.kernelVersion = kernelVersion
            self.expectedAttachType = expectedAttachType
            self.flags = flags
            self.btf = btf
            self.functionInfo = btf == nil ? nil : functionInfo
            self.lineInfo = btf == nil ? nil : lineInfo
            self.attachBTFID = attachBTFID
            self.attachTarget = attachTarget
            self.descriptors = descriptors
        }

        /// The same with records as long as every kernel knows them; nil if they are that already.
        ///
        /// A kernel that does not know what a longer record ends with answers `E2BIG`.
        func withShortRecords() -> Attributes? {
            // sizeof(struct bpf_func_info), sizeof(struct bpf_line_info)
            let (functions, lines) = (functionInfo?.cut(to: 8), lineInfo?.cut(to: 16))
            guard functions != nil || lines != nil else { return nil }
            var short = self
            short.functionInfo = functions ?? functionInfo
            short.lineInfo = lines ?? lineInfo
            return short
        }
    }

    /// What the kernel tells of a program (`struct bpf_prog_info`).
    public struct Info: Sendable, Equatable {
        /// The id, unique as long as the program lives.
        public var id: UInt32
        /// Its name, of which the kernel keeps 15 bytes.
        public var name: String
        /// Its type.
        public var type: ProgramType
        /// The user id of who loaded it.
        public var creator: UInt32
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
    package let descriptor: OwnedDescriptor

    init(descriptor: consuming OwnedDescriptor) { self.descriptor = descriptor }

    /// Loads a program.
    ///
    /// - Throws: `VerifierError` with the whole log if the verifier refused, `BPFError` if the kernel did not look.
    package static func load(_ attributes: Attributes) throws(ProgramLoadError) -> Program {
        var call = ProgramLoadCall(attributes)
        do throws(Errno) {
            return Program(
                descriptor: try MemoryLock.retrying { () throws(Errno) in
                    do throws(Errno) {
                        return try loadQuietly(call)
                    } catch .argListTooLong {
                        guard let short = call.attributes.withShortRecords() else { throw .argListTooLong }
                        call.attributes = short
                        return try loadQuietly(call)
                    }
                })
        } catch {
            return Program(descriptor: try explain(error, call))
        }
    }

    /// Loads without a word of why it failed, for what is tried only to see whether the kernel takes it.
    static func loadQuietly(_ attributes: Attributes) throws(Errno) -> Program {
        Program(descriptor: try loadQuietly(ProgramLoadCall(attributes)))
    }

    private static func loadQuietly(_ call: ProgramLoadCall) throws(Errno) -> OwnedDescriptor {
        do throws(BPFCommand.LoadFailure) {
            return try BPFCommand.loadProgram(call, log: .none)
        } catch {
            throw error.errno
        }
    }

    /// What the kernel tells of this program.
    public func info() throws(BPFError) -> Info {
        var info = cbpf_prog_info()
        do {
            try BPFCommand.readInfo(of: descriptor.rawValue, into: &info)
        } catch {
            throw BPFError(.info, .infoRefused, errno: error, "cannot read what the kernel knows of a program")
        }
        let tag = unsafe withUnsafeBytes(of: info.tag) { bytes in
            unsafe bytes.reduce(into: "") { $0 += ($1 < 16 ? "0" : "") + String($1, radix: 16) }
        }
        return Info(
            id: info.id, name: BPFCommand.name(of: info.name), type: ProgramType(rawValue: info.type),
            creator: info.created_by_uid,
            tag: tag, jitedSize: Int(info.jited_prog_len), translatedSize: Int(info.xlated_prog_len),
            runCount: info.run_cnt, runTime: info.run_time_ns, recursionMisses: info.recursion_misses)
    }

    /// The ids of the maps that the program uses.
    public func mapIDs() throws(BPFError) -> [UInt32] {
        do throws(Errno) {
            return try BPFCommand.readMapIDs(ofProgram: descriptor.rawValue)
        } catch {
            throw BPFError(.info, .infoRefused, errno: error, "cannot read which maps a program uses")
        }
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
                } else if log.reason.isEmpty && log.statement == nil {
                    // Nothing, or the statistics of a program that the verifier took: it was something else.
                    throw .refused(error.errno == .invalidArgument ? errno : error.errno)
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
package enum ProgramLoadError: Error {
    /// The verifier looked at the program and refused it.
    case verifier(Errno, VerifierLog)
    /// The kernel refused without looking: privilege, attributes, memory.
    case refused(Errno)
}
