// SPDX-License-Identifier: Apache-2.0

package import Diagnostics

extension Diagnostic.Wording {
    /// The words of the tools: the options that make a setting.
    package static let options = Diagnostic.Wording { setting in
        let argument =
            switch (setting.name, setting.value) {
            case (let name?, let value?): " \(name)=\(value)"
            case (let word?, nil), (nil, let word?): " \(word)"
            case (nil, nil): ""
            }
        return switch setting.kind {
        case .mapSize: "--map-size" + argument
        case .mapValueSize: "--map-value-size" + argument
        case .mapPin: "--pin" + argument
        case .variable: "--set" + argument
        case .section: "--section" + argument
        case .program: "--program" + argument
        case .optional: "--optional" + argument
        case .alternatives: "--all"
        case .rawArguments: "--raw-args"
        case .bpffs: "--bpffs" + argument
        case .kernelTypes: "--btf" + argument
        case .user: "--user" + argument
        case .process: "--pid" + argument
        case .targets: "load-kp-bpf --list" + argument
        case .verifierLog: "--verbose shows the verifier's whole log, --verifier-log FILE keeps it"
        case .condition: "--where" + argument
        case .summary: "--summary" + argument
        case .grouping: "--by" + argument
        case .eventType: "--type" + argument
        case .eventLayout: "--layout" + argument
        case .snapshotsEvery: "--every" + argument
        case .snapshotOnce: "--once"
        case .metricsLimit: "--metrics-limit" + argument
        case .lossCounts: "--lost-counts MAP"
        case .lastEvents: "--last SIZE"
        case .explanation: "load-kp-bpf --why" + argument
        }
    }
}
