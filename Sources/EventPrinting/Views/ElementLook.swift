// SPDX-License-Identifier: Apache-2.0

internal import EventDecoding
internal import EventStream

/// What is particular to showing elements of maps.
struct ElementLook {
    /// Whether a row is the value of one CPU.
    var isEach = false

    /// The columns of a table for eyes: a change is seen by its rate.
    static func tableColumns(_ plan: DecodingPlan) -> [EventField] {
        let all = plan.columns
        guard all.contains(where: { $0.path == "rate" || $0.path.hasPrefix("rate.") }) else { return all }
        return all.filter { $0.path != "delta" && !$0.path.hasPrefix("delta.") }
    }

    /// What of the context stands in front of a row; programs need to tell snapshots apart.
    func columns(isTable: Bool, _ fields: [ShownField]?) -> [ContextField] {
        guard fields == nil else { return [] }
        return (isTable ? [] : [.time, .snapshot]) + (isEach ? [.cpu] : [])
    }
}

extension CaptureSource {
    /// Whether elements have a value for each CPU, by the type of the map (`BPF_MAP_TYPE_PERCPU_…` of `linux/bpf.h`).
    var isPerCPU: Bool { mapType.map { [5, 6, 10, 21].contains($0) } ?? true }
    /// Whether keys are the numbers from 0 on (`BPF_MAP_TYPE_ARRAY`, `BPF_MAP_TYPE_PERCPU_ARRAY`).
    var isArray: Bool { mapType == 2 || mapType == 6 }
    /// Whether old elements leave where there is no room for new ones (`BPF_MAP_TYPE_LRU_…`).
    var isLRU: Bool { mapType == 9 || mapType == 10 }
    /// Whether its elements are stacks by their numbers (`BPF_MAP_TYPE_STACK_TRACE`).
    var holdsStacks: Bool {
        mapType == 7 && valueSize.map { $0 > 0 && $0 % (hasBuildIDs ? 32 : 8) == 0 } ?? true
    }
    /// Whether stacks are places by build ids, and no addresses (`BPF_F_STACK_BUILD_ID`).
    var hasBuildIDs: Bool { mapType == 7 && (mapFlags ?? 0) & 1 << 5 != 0 }
    /// Whether it is full when it has as many elements as it can: arrays have all of them from the start.
    var canFill: Bool { mapType.map { [1, 5, 9, 10, 11].contains($0) } ?? false }
}
