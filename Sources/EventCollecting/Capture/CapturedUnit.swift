// SPDX-License-Identifier: Apache-2.0

internal import BTF
internal import EventDecoding
internal import MapTables

/// What the histograms of a map count, for readers that have neither the object nor its settings.
enum CapturedUnit {
    /// The unit that a capture tells of a map.
    ///
    /// - Parameters:
    ///   - map: The map's name.
    ///   - isArray: Whether its keys are the numbers from 0 on.
    ///   - schemas: The types of its elements as they are known here; tags may be in one of them alone, since older
    ///     kernels do not take them.
    ///   - setting: What the settings of the program say.
    /// - Returns: Empty if nothing tells it, or histograms of the map count different things.
    static func of(map: String, isArray: Bool, _ schemas: [EventSchema], setting: String) -> String {
        for schema in schemas {
            guard let plan = try? DecodingPlan(schema) else { continue }
            let units = HistogramPlan(map: map, plan: plan, isArray: isArray, choices: []).units
            guard let first = units.first, !first.isEmpty else { continue }
            return units.allSatisfy { $0 == first } ? first : ""
        }
        return setting
    }

    /// What the settings of a program say: its variables by the names that the known tools give them.
    static func of(settings: [(name: String, value: Int128)]) -> String {
        for setting in settings {
            if let unit = HistogramUnit.bySetting(setting.name, setting.value) { return unit }
        }
        return ""
    }
}
