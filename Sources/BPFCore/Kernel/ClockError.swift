// SPDX-License-Identifier: Apache-2.0

internal import CBPF

/// How far the time of day may be off, as whoever keeps it has told the kernel (adjtimex(2)).
package enum ClockError {
    /// The greatest error in nanoseconds; nil where the clock is not synchronised, or the system does not tell.
    package static var nanoseconds: UInt64? { UInt64(exactly: cbpf_clock_error()) }
}
