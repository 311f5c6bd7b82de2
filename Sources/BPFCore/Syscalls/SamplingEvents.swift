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
    package static func openSampling(
        _ samples: PerfEventSamples, cpu: Int32, thread: Int32
    ) throws(Errno) -> OwnedDescriptor {
        var attributes = perf_event_attr()
        attributes.type = samples.event.source.rawValue
        attributes.config = samples.event.config
        switch samples.rate {
        case .frequency(let hertz): unsafe cbpf_perf_attr_set_frequency(&attributes, hertz)
        case .period(let count): attributes.sample_period = count
        }
        unsafe cbpf_perf_attr_set_inherit(&attributes, thread >= 0 ? 1 : 0)
        return try open(&attributes, process: thread, cpu: cpu)
    }
}
