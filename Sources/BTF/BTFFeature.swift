// SPDX-License-Identifier: Apache-2.0

/// What BTF can have that older kernels do not take; each can be asked for with a small blob.
package enum BTFFeature: UInt16, Sendable, CaseIterable {
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

/// Features of BTF: a bit for each, since a `Set` of a type of its own costs the runtime a search when a tool starts.
package struct BTFFeatures: Sendable, Equatable, ExpressibleByArrayLiteral {
    private var bits: UInt16 = 0

    /// Those of a list.
    package init(_ features: some Sequence<BTFFeature>) {
        for feature in features { insert(feature) }
    }

    package init(arrayLiteral features: BTFFeature...) { self.init(features) }

    package var isEmpty: Bool { bits == 0 }

    package func contains(_ feature: BTFFeature) -> Bool { bits & 1 << feature.rawValue != 0 }

    package func subtracting(_ others: BTFFeatures) -> BTFFeatures {
        var left = self
        left.bits &= ~others.bits
        return left
    }

    mutating func insert(_ feature: BTFFeature) { bits |= 1 << feature.rawValue }
}

/// What of BTF a kernel takes.
package typealias KernelBTFSupport = BTFFeatures
