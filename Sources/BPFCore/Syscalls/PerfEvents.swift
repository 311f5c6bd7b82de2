// SPDX-License-Identifier: Apache-2.0

internal import CBPF

/// perf_event_open(2) for probes, and the ioctls that tie a program to one.
package enum PerfEvents {
    /// What a kprobe of the PMU sits on.
    package enum KprobePlace: Equatable {
        /// A function by its name, and bytes from its start.
        case symbol(String, offset: UInt64)
        /// An instruction by its address.
        case address(UInt64)
    }

    /// Makes a kprobe that lives as long as its descriptor: `perf_kprobe` (Linux 4.17).
    ///
    /// - Parameters:
    ///   - type: The number in `/sys/bus/event_source/devices/kprobe/type`.
    ///   - config: The bit for a return probe, or 0.
    ///   - place: Where it sits.
    ///   - cpu: A CPU that is online; the program runs on all of them.
    package static func openKprobe(
        type: UInt32, config: UInt64, place: KprobePlace, cpu: Int32
    ) throws(Errno) -> OwnedDescriptor {
        var attributes = perf_event_attr()
        attributes.type = type
        attributes.config = config
        switch place {
        case .address(let address):
            attributes.kprobe_addr = address
            return try open(&attributes, cpu: cpu)
        case .symbol(let name, let offset):
            attributes.probe_offset = offset
            // The kernel reads the name during the call.
            let bytes = Array(name.utf8) + [0]
            let result = unsafe bytes.withUnsafeBufferPointer { buffer in
                attributes.kprobe_func = UInt64(UInt(bitPattern: buffer.baseAddress))
                return Result { () throws(Errno) in try open(&attributes, cpu: cpu).release() }
            }
            return OwnedDescriptor(owning: try result.get())
        }
    }

    /// Opens a trace event: `PERF_TYPE_TRACEPOINT`.
    ///
    /// - Parameters:
    ///   - id: The number in its `id` file.
    ///   - cpu: A CPU that is online.
    package static func openTracepoint(id: UInt64, cpu: Int32) throws(Errno) -> OwnedDescriptor {
        var attributes = perf_event_attr()
        attributes.type = UInt32(PERF_TYPE_TRACEPOINT.rawValue)
        attributes.config = id
        return try open(&attributes, cpu: cpu)
    }

    /// Ties a program to an event: `PERF_EVENT_IOC_SET_BPF`.
    package static func setProgram(_ program: Int32, of event: Int32) throws(Errno) {
        guard cbpf_perf_set_bpf(event, program) == 0 else { throw .last }
    }

    /// Lets an event fire: `PERF_EVENT_IOC_ENABLE`.
    package static func enable(_ event: Int32) throws(Errno) {
        guard cbpf_perf_enable(event) == 0 else { throw .last }
    }

    /// Opens an event, not enabled yet.
    ///
    /// - Parameters:
    ///   - process: The process that it follows; -1 is all.
    ///   - cpu: The CPU that it is on; -1 is all, for one process.
    static func open(
        _ attributes: inout perf_event_attr, process: Int32 = -1, cpu: Int32
    ) throws(Errno) -> OwnedDescriptor {
        attributes.size = UInt32(MemoryLayout<perf_event_attr>.size)
        // It is enabled once it has its program, so that no hit is counted for nothing.
        unsafe cbpf_perf_attr_set_disabled(&attributes, 1)
        let number = try DescriptorLimit.retrying {
            unsafe cbpf_perf_event_open(&attributes, process, cpu, -1, UInt(PERF_FLAG_FD_CLOEXEC))
        }
        return OwnedDescriptor(owning: number)
    }
}
