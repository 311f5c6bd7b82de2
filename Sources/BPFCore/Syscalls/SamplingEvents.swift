// SPDX-License-Identifier: Apache-2.0

internal import BPFObject
internal import CBPF

extension PerfEvents {
    /// Opens an event that samples one CPU, whatever runs there; read(2) tells for how long: ``timeEnabled(of:)``.
    ///
    /// - Parameters:
    ///   - samples: What is sampled, and how often.
    ///   - cpu: A CPU that is online.
    static func openSampling(_ samples: PerfEventSamples, cpu: Int32) throws(Errno) -> OwnedDescriptor {
        var attributes = attributes(of: samples)
        attributes.read_format = UInt64(PERF_FORMAT_TOTAL_TIME_ENABLED.rawValue)
        return try open(&attributes, cpu: cpu)
    }

    /// How long an event of ``openSampling(_:cpu:)`` has counted, in nanoseconds; nil if it does not tell.
    static func timeEnabled(of event: Int32) -> UInt64? {
        // struct { u64 value; u64 time_enabled; }
        var counts: (value: UInt64, timeEnabled: UInt64) = (0, 0)
        let size = MemoryLayout.size(ofValue: counts)
        let count = unsafe withUnsafeMutableBytes(of: &counts) { unsafe read(event, $0.baseAddress, $0.count) }
        return count == size ? counts.timeEnabled : nil
    }

    /// Opens an event that samples one thread.
    ///
    /// - Parameters:
    ///   - samples: What is sampled, and how often.
    ///   - cpu: The only CPU; -1 is any.
    ///   - thread: The thread, those included that it starts from then on.
    ///   - takesProcesses: Set if the processes that it starts are sampled too: before Linux 5.13 (`inherit_thread`).
    static func openSampling(
        _ samples: PerfEventSamples, cpu: Int32, thread: Int32, takesProcesses: inout Bool
    ) throws(Errno) -> OwnedDescriptor {
        var attributes = attributes(of: samples)
        unsafe cbpf_perf_attr_set_inherit(&attributes, 1)
        unsafe cbpf_perf_attr_set_inherit_thread(&attributes, 1)
        do throws(Errno) {
            return try open(&attributes, process: thread, cpu: cpu)
        } catch {
            // A bit that the kernel does not know.
            guard error == .invalidArgument else { throw error }
            unsafe cbpf_perf_attr_set_inherit_thread(&attributes, 0)
            let event = try open(&attributes, process: thread, cpu: cpu)
            takesProcesses = true
            return event
        }
    }

    private static func attributes(of samples: PerfEventSamples) -> perf_event_attr {
        var attributes = perf_event_attr()
        attributes.type = samples.event.source.rawValue
        attributes.config = samples.event.config
        switch samples.rate {
        case .frequency(let hertz): unsafe cbpf_perf_attr_set_frequency(&attributes, hertz)
        case .period(let count): attributes.sample_period = count
        }
        return attributes
    }
}
