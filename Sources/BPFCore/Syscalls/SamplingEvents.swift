// SPDX-License-Identifier: Apache-2.0

package import BPFObject
internal import CBPF
package import SystemPackage

extension PerfEvents {
    /// Opens an event that samples one CPU, whatever runs there, or one thread.
    ///
    /// - Parameters:
    ///   - samples: What is sampled, and how often.
    ///   - cpu: A CPU that is online; -1 is any, with a thread.
    ///   - thread: The thread, those included that it starts from then on; -1 is any.
    ///   - takesProcesses: Set if the processes that it starts are sampled too: before Linux 5.13 (`inherit_thread`).
    package static func openSampling(
        _ samples: PerfEventSamples, cpu: Int32, thread: Int32, takesProcesses: inout Bool
    ) throws(Errno) -> OwnedDescriptor {
        var attributes = perf_event_attr()
        attributes.type = samples.event.source.rawValue
        attributes.config = samples.event.config
        switch samples.rate {
        case .frequency(let hertz): unsafe cbpf_perf_attr_set_frequency(&attributes, hertz)
        case .period(let count): attributes.sample_period = count
        }
        guard thread >= 0 else { return try open(&attributes, cpu: cpu) }
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
}
