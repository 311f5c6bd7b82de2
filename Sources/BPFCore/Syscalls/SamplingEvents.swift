// SPDX-License-Identifier: Apache-2.0

internal import CBPF
package import SystemPackage

extension PerfEvents {
    /// Opens an event that samples one CPU, whatever runs there.
    ///
    /// - Parameters:
    ///   - isCycles: `PERF_COUNT_HW_CPU_CYCLES`, which takes a hardware counter, instead of `PERF_COUNT_SW_CPU_CLOCK`.
    ///   - frequency: Samples a second.
    ///   - cpu: A CPU that is online.
    package static func openSampling(isCycles: Bool, frequency: UInt64, cpu: Int32) throws(Errno) -> OwnedDescriptor {
        var attributes = perf_event_attr()
        attributes.type = UInt32(isCycles ? PERF_TYPE_HARDWARE.rawValue : PERF_TYPE_SOFTWARE.rawValue)
        attributes.config = UInt64(isCycles ? PERF_COUNT_HW_CPU_CYCLES.rawValue : PERF_COUNT_SW_CPU_CLOCK.rawValue)
        unsafe cbpf_perf_attr_set_frequency(&attributes, frequency)
        return try open(&attributes, cpu: cpu)
    }
}
