// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0

import PackageDescription

let package = Package(
    name: "library-examples",
    dependencies: [
        // In a package of your own: .package(url: "https://…/swift-bpf", from: "…")
        .package(name: "swift-bpf", path: "../..")
    ],
    targets: [
        .executableTarget(
            name: "bootstrap",
            dependencies: [
                .product(name: "BPFCore", package: "swift-bpf"),
                // For what runs as root: no crash helper is looked for in the current folder (Examples/README.md).
                .product(name: "ProcessStart", package: "swift-bpf"),
            ]),
        .executableTarget(
            name: "execs",
            dependencies: [
                .product(name: "BPF", package: "swift-bpf"), .product(name: "ProcessStart", package: "swift-bpf"),
            ]),
        .executableTarget(
            name: "mes-show",
            dependencies: [
                .product(name: "BPF", package: "swift-bpf"), .product(name: "ProcessStart", package: "swift-bpf"),
            ]),
        // Probes and the type of their events, for the kernel and for the program that reads them.
        .target(
            name: "RemovalProbes",
            dependencies: [.product(name: "BPFKit", package: "swift-bpf")],
            plugins: [.plugin(name: "BPFProbes", package: "swift-bpf")]),
        .executableTarget(
            name: "removals",
            dependencies: [
                "RemovalProbes", .product(name: "BPF", package: "swift-bpf"),
                .product(name: "ProcessStart", package: "swift-bpf"),
            ]),
    ],
    swiftLanguageModes: [.v6]
)
