// SPDX-License-Identifier: Apache-2.0

internal import CBPF
internal import Diagnostics

extension Program {
    /// What a program is run with by ``testRun(_:)``.
    public struct TestInput: Sendable {
        /// The packet of programs that get one: at least 14 bytes, an Ethernet header.
        public var data: [UInt8] = []
        /// The context, in the layout of `struct __sk_buff`, `struct xdp_md` (5.18), the arguments of a raw tracepoint, or
        /// of a syscall program; empty for the kernel's own.
        public var context: [UInt8] = []
        /// How often it runs; the time is the mean of all.
        public var repeatCount: UInt32 = 1
        /// Bits of `BPF_F_TEST_*`.
        public var flags: UInt32 = 0
        /// The CPU to run on, with `BPF_F_TEST_RUN_ON_CPU` (1) in `flags`; raw tracepoints only.
        public var cpu: UInt32 = 0

        /// Creates an input.
        public init(
            data: [UInt8] = [], context: [UInt8] = [], repeatCount: UInt32 = 1, flags: UInt32 = 0, cpu: UInt32 = 0
        ) {
            self.data = data
            self.context = context
            self.repeatCount = repeatCount
            self.flags = flags
            self.cpu = cpu
        }
    }

    /// What came out of ``testRun(_:)``.
    public struct TestOutput: Sendable, Equatable {
        /// What the program returned, such as `XDP_PASS` or `TC_ACT_OK`.
        public var returnValue: UInt32
        /// Nanoseconds of one run, the mean of all.
        public var nanoseconds: UInt32
        /// The packet as the program left it.
        public var data: [UInt8]
        /// The context as the program left it; empty if none was given.
        public var context: [UInt8]
    }

    /// Room for a packet that the program makes larger: the kernel gives out one page at most, and some headroom.
    private static let packetRoom = 1 << 16

    /// Runs the program once or more, without attaching it (`BPF_PROG_TEST_RUN`, 4.12).
    ///
    /// The kernel does it for network programs, `raw_tracepoint` (5.10), `syscall` (5.14) and some tracing programs; not
    /// for kprobes and trace events.
    ///
    /// - Throws: ``BPFError`` of operation ``BPFError/Operation/testRun``.
    public func testRun(_ input: TestInput = TestInput()) throws(BPFError) -> TestOutput {
        var data = [UInt8](repeating: 0, count: input.data.isEmpty ? 0 : Self.packetRoom)
        var context = [UInt8](repeating: 0, count: input.context.count)
        var attr = cbpf_test_run_attr()
        attr.prog_fd = UInt32(bitPattern: descriptor.rawValue)
        attr.data_size_in = UInt32(clamping: input.data.count)
        attr.data_size_out = UInt32(clamping: data.count)
        attr.repeat = input.repeatCount
        attr.ctx_size_in = UInt32(clamping: input.context.count)
        attr.ctx_size_out = UInt32(clamping: context.count)
        attr.flags = input.flags
        attr.cpu = input.cpu
        let result: Result<Void, Errno> = unsafe data.withUnsafeMutableBufferPointer { data in
            unsafe context.withUnsafeMutableBufferPointer { context in
                unsafe input.data.withUnsafeBufferPointer { packet in
                    unsafe input.context.withUnsafeBufferPointer { given in
                        // An address beside a size of 0 is refused.
                        attr.data_in = packet.isEmpty ? 0 : UInt64(UInt(bitPattern: packet.baseAddress))
                        attr.data_out = data.isEmpty ? 0 : UInt64(UInt(bitPattern: data.baseAddress))
                        attr.ctx_in = given.isEmpty ? 0 : UInt64(UInt(bitPattern: given.baseAddress))
                        attr.ctx_out = context.isEmpty ? 0 : UInt64(UInt(bitPattern: context.baseAddress))
                        return Result { () throws(Errno) in try BPFCommand.call(CBPF_PROG_TEST_RUN, &attr) }
                    }
                }
            }
        }
        do throws(Errno) {
            try result.get()
        } catch {
            throw BPFError(
                .testRun, .testRunRefused, errno: error, "cannot run the program", cause: Self.meaning(error, input))
        }
        return TestOutput(
            returnValue: attr.retval, nanoseconds: attr.duration,
            data: Array(data.prefix(Int(attr.data_size_out))), context: Array(context.prefix(Int(attr.ctx_size_out))))
    }

    private static func meaning(_ errno: Errno, _ input: TestInput) -> String? {
        switch errno {
        case .notSupportedByKernel, .notSupported:
            "this kernel does not run programs of this type for a test: kprobes and trace events must be attached"
        case .invalidArgument where input.data.count < 14:
            "a program for packets gets at least 14 bytes of data (an Ethernet header), others none, or the context has "
                + "another size"
        case .invalidArgument: "data or context are not what programs of this type get, or the flags are unknown"
        case .interrupted: "a signal ended the repetitions"
        default: nil
        }
    }
}
