// SPDX-License-Identifier: Apache-2.0

extension ProgramType {
    /// The first kernel that has it; nil if none is known, or if all do that have bpf(2) as it is used here.
    public var since: KernelRelease? {
        guard rawValue < UInt32(Self.releases.count), let release = Self.releases[Int(rawValue)] else { return nil }
        return KernelRelease(release.0, release.1)
    }

    /// By the number; nil is older than 4.18.
    private static let releases: [(UInt32, UInt32)?] = [
        nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, (4, 18), (4, 18),
        (4, 19), (4, 20), (5, 2), (5, 2), (5, 3), (5, 5), (5, 6), (5, 6), (5, 7), (5, 9), (5, 14), (6, 4),
    ]
}
