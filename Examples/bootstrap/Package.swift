// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0

import PackageDescription

let package = Package(
    name: "bootstrap",
    dependencies: [
        // In a package of your own: .package(url: "https://…/swift-bpf", from: "…")
        .package(name: "swift-bpf", path: "../..")
    ],
    targets: [
        .executableTarget(name: "bootstrap", dependencies: [.product(name: "BPFCore", package: "swift-bpf")])
    ],
    swiftLanguageModes: [.v6]
)
