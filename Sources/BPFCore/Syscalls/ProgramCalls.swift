// SPDX-License-Identifier: Apache-2.0

internal import CBPF
internal import SystemPackage

/// What `BPF_PROG_LOAD` is told, but for the log.
struct ProgramLoadCall {
    var type: UInt32
    /// The instructions, 8 bytes each.
    var code: [UInt8]
    var license: String
    var kernelVersion: UInt32
    var name: String
}

extension BPFCommand {
    /// How the verifier is asked for its log.
    enum LogRequest {
        /// No log: the fastest load.
        case none
        /// No buffer either: the kernel only tells how large the log is (6.4).
        case size
        /// Into this buffer.
        case into(size: Int)
    }

    /// The answer to a load that failed.
    struct LoadFailure: Error {
        var errno: Errno
        /// `log_true_size`; 0 where the kernel does not tell.
        var logSize: Int
        /// What is in the buffer.
        var log: [UInt8]
    }

    /// Loads a program.
    ///
    /// `EAGAIN`, the answer of a verifier that a signal interrupted, is asked again.
    static func loadProgram(
        _ program: ProgramLoadCall, log request: LogRequest
    ) throws(LoadFailure) -> OwnedDescriptor {
        let license = Array(program.license.utf8) + [0]
        var log: [UInt8] = []
        var attr = cbpf_prog_load_sizing_attr()
        attr.load.prog_type = program.type
        attr.load.insn_cnt = UInt32(program.code.count / 8)
        attr.load.kern_version = program.kernelVersion
        setName(program.name, &attr.load.prog_name)
        if case .into(let size) = request { log = [UInt8](repeating: 0, count: size) }
        switch request {
        case .none: break
        case .size: attr.load.log_level = 1
        case .into:
            attr.load.log_level = 1
            attr.load.log_size = UInt32(log.count)
        }
        var answer: Result<Int32, Errno> = .failure(.resourceTemporarilyUnavailable)
        unsafe program.code.span.withUnsafeBufferPointer { code in
            unsafe license.span.withUnsafeBufferPointer { license in
                unsafe log.withUnsafeMutableBufferPointer { log in
                    attr.load.insns = UInt64(UInt(bitPattern: code.baseAddress))
                    attr.load.license = UInt64(UInt(bitPattern: license.baseAddress))
                    attr.load.log_buf = log.isEmpty ? 0 : UInt64(UInt(bitPattern: log.baseAddress))
                    for _ in 0..<100 where answer == .failure(.resourceTemporarilyUnavailable) {
                        answer = send(&attr, request)
                    }
                }
            }
        }
        switch answer {
        case .success(let number): return OwnedDescriptor(owning: number)
        case .failure(let errno): throw LoadFailure(errno: errno, logSize: Int(attr.log_true_size), log: log)
        }
    }

    /// Only a request for the size needs the attributes beyond those that every kernel has.
    private static func send(
        _ attr: inout cbpf_prog_load_sizing_attr, _ request: LogRequest
    ) -> Result<Int32, Errno> {
        do {
            if case .size = request { return .success(try call(CBPF_PROG_LOAD, &attr)) }
            return .success(try call(CBPF_PROG_LOAD, &attr.load))
        } catch {
            return .failure(error)
        }
    }
}
