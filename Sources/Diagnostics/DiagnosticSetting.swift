// SPDX-License-Identifier: Apache-2.0

extension Diagnostic {
    /// Something that the caller of the library, or the user of a tool, chooses.
    public struct Setting: Sendable, Equatable {
        /// What it is.
        public enum Kind: String, Sendable, CaseIterable {
            /// The number of entries of a map.
            case mapSize = "map-size"
            /// Bytes of a value of a map.
            case mapValueSize = "map-value-size"
            /// The path of a map's pin.
            case mapPin = "map-pin"
            /// The value of a global variable.
            case variable
            /// The section whose programs are meant.
            case section
            /// The programs that are meant.
            case program
            /// Whether the load goes on without a program that the kernel has no place for.
            case optional
            /// Whether programs that are alternatives for the same event are all taken.
            case alternatives
            /// Whether programs on system calls are attached as they are, whatever they read there.
            case rawArguments = "raw-arguments"
            /// The bpf file system that pins go to.
            case bpffs
            /// The BTF that stands in for the kernel's.
            case kernelTypes = "kernel-types"
            /// The user to become.
            case user
            /// The process that is traced.
            case process
            /// The list of what programs can be attached to.
            case targets
            /// The verifier's whole log.
            case verifierLog = "verifier-log"
            /// The condition that chooses events.
            case condition
            /// The field to sum up.
            case summary
            /// The fields by which events are grouped.
            case grouping
            /// The type of the events, by its name.
            case eventType = "event-type"
            /// The type of the events, as text of C.
            case eventLayout = "event-layout"
            /// How often maps are read.
            case snapshotsEvery = "snapshots-every"
            /// That maps are read once.
            case snapshotOnce = "snapshot-once"
            /// How many elements of a map become metrics.
            case metricsLimit = "metrics-limit"
            /// The map in which programs count what finds no room in a ring buffer.
            case lossCounts = "loss-counts"
            /// How much of the newest events is kept.
            case lastEvents = "last-events"
            /// The page of a code, with its cause, an example and what to do.
            case explanation
        }

        /// What it is.
        public var kind: Kind
        /// What it is chosen for, such as the name of a map.
        public var name: String?
        /// What would help, or a word in its place, such as `ENTRIES`.
        public var value: String?

        /// Names a setting.
        public init(_ kind: Kind, _ name: String? = nil, to value: String? = nil) {
            self.kind = kind
            self.name = name
            self.value = value
        }
    }

    /// The words for settings, which differ between the library and the tools.
    public struct Wording: Sendable {
        let words: @Sendable (Setting) -> String

        /// Creates a wording.
        ///
        /// - Parameter words: The words for a setting, with its name and value where it has them.
        public init(_ words: @escaping @Sendable (Setting) -> String) { self.words = words }

        /// The words of the library: what a program sets.
        public static let library = Wording { setting in
            let name = setting.name ?? "NAME"
            let value = setting.value.map { " = \($0)" } ?? ""
            return switch setting.kind {
            case .mapSize: "MapOptions.sizes" + (setting.name == nil ? "" : "[\"\(name)\"]") + value
            case .mapValueSize: "MapOptions.valueSizes" + (setting.name == nil ? "" : "[\"\(name)\"]") + value
            case .mapPin: "MapOptions.pins" + (setting.name == nil ? "" : "[\"\(name)\"]") + value
            case .variable: "the global variable" + (setting.name.map { " \($0)" } ?? "") + value
            case .section: "Object.programs(inSection:)"
            case .program: "the programs that are chosen (ProgramChoice)"
            case .optional: "isOptional of its ProgramChoice"
            case .alternatives: "choosesAlternatives of CollectionPlan.Options"
            case .rawArguments: "keepsRawArguments of CollectionPlan.Options"
            case .bpffs: "bpffs of BPFCollection"
            case .kernelTypes: "Kernel(btf: \(name))"
            case .user: "user \(name)"
            case .process: "process of BPFCollection.Options"
            case .targets: "the list of targets of \(name)"
            case .verifierLog: "verifierLog of the error has the verifier's whole log"
            case .condition: "the condition"
            case .summary: "the summary"
            case .grouping: "by \(name)"
            case .eventType: "its name"
            case .eventLayout: "EventSchema.layout"
            case .snapshotsEvery, .snapshotOnce: "MapSnapshots"
            case .metricsLimit: "the number of metrics"
            case .lossCounts: "ReaderGroup.countLosses(of:in:)"
            case .lastEvents: "OverwrittenRingReader"
            case .explanation: "docs/diagnostics.md" + (setting.name == nil ? "" : ", \(name)")
            }
        }
    }
}
