// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0

import PackageDescription

/// Warnings stop a build only where CI says so: a newer compiler must not stop a user's build.
let warningsAreErrors = Context.environment["CI"] == "true"

/// Benchmarks/micro, a package of its own, measures what is no public interface.
let areMeasured = Context.environment["BENCHMARKS"] == "true"

let settings: [SwiftSetting] =
    [
        .strictMemorySafety(),
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableExperimentalFeature("Lifetimes"),
    ] + (warningsAreErrors ? [.treatAllWarnings(as: .error)] : [])
    + (areMeasured ? [.unsafeFlags(["-enable-testing"])] : [])

let testSettings: [SwiftSetting] =
    [
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("MemberImportVisibility"),
    ] + (warningsAreErrors ? [.treatAllWarnings(as: .error)] : [])

let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let system: Target.Dependency = .product(name: "SystemPackage", package: "swift-system")
let collections: Target.Dependency = .product(name: "BasicContainers", package: "swift-collections")

let histogram: Target.Dependency = .product(name: "Histogram", package: "hdrhistogram-swift")

// The pure targets (Diagnostics, BPFObject, EventTypes, Records, EventStream, EventDecoding, EventSummaries) list neither CBPF nor BPFCore,
// so that a system call in them does not compile.
let package = Package(
    name: "swift-bpf",
    products: [
        .library(name: "BPF", targets: ["BPF"]),
        .library(name: "BPFCore", targets: ["BPFCore", "BPFObject", "BTF", "EventTypes", "Records"]),
        .library(name: "EventStream", targets: ["EventStream"]),
        .library(name: "EventDecoding", targets: ["EventDecoding", "EventSummaries"]),
        .library(name: "ProcessStart", targets: ["ProcessStart"]),
        .executable(name: "load-kp-bpf", targets: ["load-kp-bpf"]),
        .executable(name: "bpf-eventd", targets: ["bpf-eventd"]),
        .executable(name: "print-event", targets: ["print-event"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
    ],
    targets: [
        .target(name: "CBPF"),
        .target(name: "CSignals"),
        .target(name: "ProcessStart"),
        .systemLibrary(name: "CElf", pkgConfig: "libelf", providers: [.apt(["libelf-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .target(name: "Diagnostics", swiftSettings: settings),
        .target(name: "BTF", dependencies: ["Diagnostics"], swiftSettings: settings),
        .target(name: "BPFObject", dependencies: ["BTF", "CElf", "Diagnostics"], swiftSettings: settings),
        .target(name: "EventTypes", dependencies: ["BPFObject", "BTF", "Diagnostics"], swiftSettings: settings),
        .target(
            name: "BPFCore",
            dependencies: ["BPFObject", "BTF", "CBPF", "CZlib", "Diagnostics", "Records", system, collections],
            swiftSettings: settings,
            // __cxa_demangle; the Swift runtime needs the library anyway.
            linkerSettings: [.linkedLibrary("stdc++")]),
        .target(name: "Records", dependencies: ["Diagnostics"], swiftSettings: settings),
        .target(
            name: "BPF",
            dependencies: ["BPFCore", "BPFObject", "BTF", "Diagnostics", "EventDecoding", "EventTypes", "Records"],
            swiftSettings: settings),
        .target(name: "EventStream", dependencies: ["Diagnostics", "Records"], swiftSettings: settings),
        .target(name: "EventDecoding", dependencies: ["BTF", "Diagnostics", "EventTypes"], swiftSettings: settings),
        .target(
            name: "EventSummaries", dependencies: ["BTF", "EventDecoding", "Diagnostics", histogram],
            swiftSettings: settings),
        .target(
            name: "ToolSupport",
            dependencies: [
                "BPFCore", "BPFObject", "BTF", "CBPF", "CSignals", "Diagnostics", "EventStream", "EventTypes",
                "ProcessStart",
                argumentParser,
                system,
            ],
            swiftSettings: settings),
        .executableTarget(
            name: "load-kp-bpf",
            dependencies: [
                "BPFCore", "BPFObject", "BTF", "Diagnostics", "EventStream", "EventTypes", "ToolSupport",
                argumentParser, collections,
            ],
            swiftSettings: settings),
        .executableTarget(
            name: "bpf-eventd",
            dependencies: [
                "BPFCore", "BPFObject", "BTF", "CBPF", "EventStream", "EventTypes", "Diagnostics", "ToolSupport",
                argumentParser,
                collections,
                system,
            ],
            swiftSettings: settings),
        .executableTarget(
            name: "print-event",
            dependencies: [
                "BPFCore", "BPFObject", "BTF", "CBPF", "EventStream", "EventDecoding", "EventSummaries", "EventTypes",
                "Diagnostics", "ToolSupport", argumentParser, system,
            ],
            swiftSettings: settings),
        .testTarget(name: "DiagnosticsTests", dependencies: ["Diagnostics"], swiftSettings: testSettings),
        .target(name: "TestSupport", dependencies: ["CBPF"], path: "Tests/TestSupport", swiftSettings: testSettings),
        .target(name: "RingImages", dependencies: ["Records"], path: "Tests/RingImages", swiftSettings: testSettings),
        .target(
            name: "RandomTypes", dependencies: ["EventDecoding", "TestSupport"], path: "Tests/RandomTypes",
            swiftSettings: testSettings),
        .executableTarget(
            name: "random-types", dependencies: ["RandomTypes", "TestSupport"], path: "Tests/RandomTypesTool",
            swiftSettings: testSettings),
        .testTarget(
            name: "BPFObjectTests", dependencies: ["BPFObject", "BTF", "Diagnostics", "EventTypes", "TestSupport"],
            swiftSettings: testSettings),
        .testTarget(
            name: "BPFCoreTests",
            dependencies: [
                "BPFCore", "BPFObject", "BTF", "CBPF", "Diagnostics", "EventDecoding", "EventStream", "EventTypes",
                "RandomTypes", "Records", "TestSupport",
            ],
            swiftSettings: testSettings),
        .testTarget(name: "BPFTests", dependencies: ["BPF", "TestSupport"], swiftSettings: testSettings),
        .testTarget(
            name: "RecordsTests", dependencies: ["Records", "EventStream", "Diagnostics", "RingImages"],
            swiftSettings: testSettings),
        .testTarget(
            name: "EventStreamTests", dependencies: ["EventStream", "Records", "Diagnostics", "RingImages"],
            swiftSettings: testSettings),
        .testTarget(
            name: "EventDecodingTests",
            dependencies: [
                "BPFObject", "BTF", "EventDecoding", "EventTypes", "Diagnostics", "RandomTypes", "TestSupport",
            ],
            swiftSettings: testSettings),
        .testTarget(
            name: "EventSummariesTests",
            dependencies: [
                "BPFObject", "BTF", "EventDecoding", "EventSummaries", "EventTypes", "Diagnostics", "TestSupport",
            ],
            swiftSettings: testSettings),
        .testTarget(
            name: "ToolSupportTests",
            dependencies: [
                "ToolSupport", "BPFCore", "BPFObject", "BTF", "Diagnostics", "EventStream", "EventTypes", "TestSupport",
            ],
            swiftSettings: testSettings),
        .testTarget(
            name: "BPFEventdTests",
            dependencies: [
                argumentParser, "bpf-eventd", "BPFCore", "Diagnostics", "EventStream", system, "TestSupport",
                "ToolSupport",
            ],
            swiftSettings: testSettings),
        .testTarget(
            name: "CommandTests",
            dependencies: [
                argumentParser, "load-kp-bpf", "bpf-eventd", "print-event", "BPFCore", "BPFObject", "BTF",
                "EventStream", "EventTypes", "TestSupport", "ToolSupport",
            ],
            swiftSettings: testSettings),
        .testTarget(
            name: "KernelTests",
            dependencies: [
                "BPF", "BPFCore", "BPFObject", "BTF", "CBPF", "EventDecoding", "EventStream", "EventTypes",
                "Diagnostics", "RandomTypes", "Records", "TestSupport",
            ],
            swiftSettings: testSettings),
    ],
    swiftLanguageModes: [.v6]
)
