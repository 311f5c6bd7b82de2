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

/// Nearly all of BPFKit is unsafe to the compiler, and what its probes may do the kernel checks.
let kitSettings: [SwiftSetting] =
    [
        .enableExperimentalFeature("RawLayout"),
        .enableExperimentalFeature("BuiltinModule"),
    ] + (warningsAreErrors ? [.treatAllWarnings(as: .error)] : [])

let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let collections: Target.Dependency = .product(name: "BasicContainers", package: "swift-collections")

let histogram: Target.Dependency = .product(name: "Histogram", package: "hdrhistogram-swift")

// The pure targets (Diagnostics, BPFObject, EventTypes, Records, EventStream, EventDecoding, EventSummaries, MapTables,
// Pictures, Symbolication) list neither CBPF nor BPFCore, so that a system call in them does not compile.
let package = Package(
    name: "swift-bpf",
    products: [
        .library(name: "BPF", targets: ["BPF"]),
        .library(name: "BPFCore", targets: ["BPFCore", "BPFObject", "BTF", "EventTypes", "Records"]),
        .library(name: "EventStream", targets: ["EventStream"]),
        .library(name: "EventDecoding", targets: ["EventDecoding", "EventSummaries"]),
        .library(name: "ProcessStart", targets: ["ProcessStart"]),
        .library(name: "BPFKit", targets: ["BPFKit"]),
        .library(name: "ProbeCompiler", targets: ["ProbeCompiler"]),
        .executable(name: "load-kp-bpf", targets: ["load-kp-bpf"]),
        .executable(name: "bpf-eventd", targets: ["bpf-eventd"]),
        .executable(name: "print-event", targets: ["print-event"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
    ],
    targets: [
        .target(name: "CBPF"),
        .target(name: "CSignals"),
        .target(name: "CProcess"),
        .target(name: "CSourceLines"),
        .target(name: "ProcessStart"),
        .systemLibrary(name: "CElf", pkgConfig: "libelf", providers: [.apt(["libelf-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .target(name: "Diagnostics", swiftSettings: settings),
        .target(name: "BTF", dependencies: ["Diagnostics"], swiftSettings: settings),
        .target(name: "BPFObject", dependencies: ["BTF", "CElf", "Diagnostics"], swiftSettings: settings),
        .target(name: "EventTypes", dependencies: ["BPFObject", "BTF", "Diagnostics"], swiftSettings: settings),
        .target(name: "Symbolication", dependencies: ["BPFObject", "BTF"], swiftSettings: settings),
        .target(
            name: "BPFCore",
            dependencies: [
                "BPFObject", "BTF", "CBPF", "CSourceLines", "CZlib", "Diagnostics", "Records", "Symbolication",
                collections,
            ],
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
            name: "MapTables",
            dependencies: ["BTF", "Diagnostics", "EventDecoding", "EventSummaries", "EventTypes", "Records"],
            swiftSettings: settings),
        .target(
            name: "Pictures", dependencies: ["EventDecoding", "EventSummaries"], swiftSettings: settings),
        .target(
            name: "ToolSupport",
            dependencies: [
                "BPFCore", "BPFObject", "BTF", "CBPF", "CSignals", "Diagnostics", "EventStream", "EventTypes",
                "ProcessStart",
                argumentParser,
            ],
            swiftSettings: settings),
        // What probes in Swift import: for editors and for parts of probes that run elsewhere. ProbeCompiler compiles it anew.
        .target(name: "BPFKit", swiftSettings: kitSettings),
        .target(
            name: "ProbeCompiler",
            dependencies: ["BPFCore", "BPFObject", "BTF", "CBPF", "CProcess", "Diagnostics", "ToolSupport"],
            swiftSettings: settings),
        // What the plug-in runs.
        .executableTarget(
            name: "probe-object",
            dependencies: ["Diagnostics", "ProbeCompiler", "ToolSupport", argumentParser], swiftSettings: settings),
        .executableTarget(
            name: "load-kp-bpf",
            dependencies: [
                "BPFCore", "BPFObject", "BTF", "Diagnostics", "EventCollecting", "EventPrinting", "EventStream",
                "EventTypes", "ProbeCompiler", "ToolSupport", argumentParser, collections,
            ],
            swiftSettings: settings),
        // What bpf-eventd does, for load-kp-bpf too: maps into a stream.
        .target(
            name: "EventCollecting",
            dependencies: [
                "BPFCore", "BPFObject", "BTF", "CBPF", "EventDecoding", "EventStream", "EventTypes", "Diagnostics",
                "MapTables", "Records",
                "ToolSupport",
                argumentParser,
                collections,
            ],
            swiftSettings: settings),
        // What print-event does, for load-kp-bpf too: a stream into lines.
        .target(
            name: "EventPrinting",
            dependencies: [
                "BPFCore", "BPFObject", "BTF", "CBPF", "EventStream", "EventDecoding", "EventSummaries", "EventTypes",
                "Diagnostics", "MapTables", "Pictures", "Records", "Symbolication", "ToolSupport", argumentParser,
            ],
            swiftSettings: settings),
        .executableTarget(
            name: "bpf-eventd",
            dependencies: ["BPFCore", "Diagnostics", "EventCollecting", "EventStream", "ToolSupport", argumentParser],
            swiftSettings: settings),
        .executableTarget(
            name: "print-event",
            dependencies: [
                "Diagnostics", "EventDecoding", "EventPrinting", "ToolSupport", argumentParser,
            ],
            swiftSettings: settings),
        .testTarget(name: "BPFKitTests", dependencies: ["BPFKit"], swiftSettings: testSettings),
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
            name: "SymbolicationTests", dependencies: ["BPFObject", "Symbolication", "TestSupport"],
            swiftSettings: testSettings),
        .testTarget(
            name: "BPFCoreTests",
            dependencies: [
                "BPFCore", "BPFObject", "BTF", "CBPF", "Diagnostics", "EventDecoding", "EventStream", "EventTypes",
                "RandomTypes", "Records", "Symbolication", "TestSupport",
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
            name: "MapTablesTests",
            dependencies: [
                "BPFObject", "BTF", "EventDecoding", "EventSummaries", "EventTypes", "Diagnostics", "MapTables",
                "Records", "TestSupport",
            ],
            swiftSettings: testSettings),
        .testTarget(
            name: "PicturesTests", dependencies: ["EventDecoding", "EventSummaries", "Pictures", "TestSupport"],
            swiftSettings: testSettings),
        .testTarget(
            name: "ToolSupportTests",
            dependencies: [
                "ToolSupport", "BPFCore", "BPFObject", "BTF", "Diagnostics", "EventStream", "EventTypes", "TestSupport",
                argumentParser,
            ],
            swiftSettings: testSettings),
        .testTarget(
            name: "ProbeCompilerTests",
            dependencies: [
                "BPFCore", "BPFObject", "BTF", "Diagnostics", "ProbeCompiler", "TestSupport", "ToolSupport",
            ],
            swiftSettings: testSettings),
        .testTarget(
            name: "BPFEventdTests",
            dependencies: [
                argumentParser, "bpf-eventd", "BPFCore", "BTF", "Diagnostics", "EventCollecting", "EventDecoding",
                "EventStream", "EventTypes", "MapTables", "Records", "TestSupport", "ToolSupport",
            ],
            swiftSettings: testSettings),
        .testTarget(
            name: "CommandTests",
            dependencies: [
                argumentParser, "load-kp-bpf", "bpf-eventd", "print-event", "BPFCore", "BPFObject", "BTF",
                "EventCollecting", "EventDecoding", "EventPrinting", "EventStream", "EventTypes", "Pictures", "Records",
                "TestSupport", "ToolSupport",
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

// For packages with probes: compiles them while the package is built. SwiftPM builds what a plug-in runs apart from all else,
// so that this package itself, which does not use it, would be built twice.
if Context.environment["WITHOUT_PLUGIN"] != "1" {
    package.products.append(.plugin(name: "BPFProbes", targets: ["BPFProbes"]))
    package.targets.append(
        .plugin(
            name: "BPFProbes", capability: .buildTool(), dependencies: ["probe-object"], path: "Sources/BPFProbes"))
}
