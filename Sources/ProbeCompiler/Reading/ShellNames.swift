// SPDX-License-Identifier: Apache-2.0

/// The names in C of what a probe has, which no name of the probe may be.
enum ShellNames {
    /// `BPF_MAP_TYPE_PERF_EVENT_ARRAY` and `BPF_MAP_TYPE_RINGBUF`: their elements are events of a type.
    private static let mapsOfEvents: Set<UInt32> = [4, 27]

    /// Whether the elements of a map are events.
    static func hasEvents(_ map: MapDefinition) -> Bool { mapsOfEvents.contains(map.kind) }

    /// What says of which type a map's events are, as `event.h` has it.
    static func marker(of map: String, number: Int) -> String { "bpf_event_\(number)_\(map)" }

    /// The name in C of what Swift has for a program, a map or a variable.
    static func swiftName(_ name: String) -> String { "swift_" + name }
}
