// SPDX-License-Identifier: Apache-2.0

/// Hooks of netfilter (Linux 6.4): `netfilter`.
package enum NetfilterHook: SectionKind {
    package static let sections = [SectionPattern("netfilter", .netfilter, .netfilter)]

    package static func otherMeans(for section: SectionPattern, pin: String) -> OtherMeans? { .unknown }
}
