// SPDX-License-Identifier: Apache-2.0

/// What BTF can have that older kernels do not take; each can be asked for with a small blob.
package enum BTFFeature: Sendable, CaseIterable {
    /// Functions and their prototypes (5.0).
    case functions
    /// Functions that are not `static` (5.6).
    case globalFunctions
    /// Variables and their sections (5.2).
    case dataSections
    /// Floating-point numbers (5.13).
    case floats
    /// Tags on declarations (5.16).
    case declarationTags
    /// Tags on types (5.17).
    case typeTags
    /// Enumerations of 64 bits, and signed ones (6.0).
    case enum64
    /// Names of sections that begin with `?` (6.9).
    case questionMarkDataSections
    /// The part that tells how large types of each kind are (2026).
    case layout

    /// What the kernel is given instead.
    package var substitute: String {
        switch self {
        case .functions: "functions become typedefs, and their prototypes enumerations"
        case .globalFunctions: "functions that are not static become static"
        case .dataSections: "variables become integers, and their sections structures"
        case .floats: "floating-point numbers become structures of their size"
        case .declarationTags: "tags on declarations become integers"
        case .typeTags: "tags on types become const"
        case .enum64: "64-bit enumerations become unions, and signed enumerations unsigned"
        case .questionMarkDataSections: "names of sections get _ for their ?"
        case .layout: "the sizes of its kinds are left out"
        }
    }
}

/// What of BTF a kernel takes.
package typealias KernelBTFSupport = Set<BTFFeature>
