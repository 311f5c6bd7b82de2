// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0

import PackageDescription

let package = Package(
    name: "bootstrap",
    dependencies: [.package(name: "swift-bpf", path: "../..")],
    targets: [
        .executableTarget(name: "bootstrap", dependencies: [.product(name: "BPFCore", package: "swift-bpf")])
    ]
)
