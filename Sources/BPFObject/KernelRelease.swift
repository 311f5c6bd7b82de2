// SPDX-License-Identifier: Apache-2.0

/// A release of Linux, such as 5.12.
///
/// Distributions bring features to older kernels: a release tells a user where to look, and decides nothing.
public struct KernelRelease: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The 5 of 5.12.
    package let major: UInt32
    /// The 12 of 5.12.
    package let minor: UInt32

    /// Names a release.
    package init(_ major: UInt32, _ minor: UInt32) {
        self.major = major
        self.minor = minor
    }

    /// The release of a `LINUX_VERSION_CODE`.
    package init(versionCode code: UInt32) { self.init(code >> 16, code >> 8 & 0xff) }

    /// The order of time.
    public static func < (first: KernelRelease, second: KernelRelease) -> Bool {
        (first.major, first.minor) < (second.major, second.minor)
    }

    /// Such as `5.12`.
    public var description: String { "\(major).\(minor)" }
}
