// SPDX-License-Identifier: Apache-2.0

import BTF
import BPFObject
import EventDecoding
import EventSummaries
import EventTypes

private let plan: DecodingPlan = {
    let layout = """
        struct event { unsigned char u8; short s16; unsigned u32; long long s64; unsigned __int128 u128; double f; \
        char comm[4]; unsigned bits : 3; _Bool flag; }
        """
    do {
        return try DecodingPlan(EventSchema.layout(layout))
    } catch {
        fatalError("\(error)")
    }
}()

private func shown(_ names: [String]) -> [ShownField] {
    names.map { name in
        if let field = plan.field(name) { return ShownField(.event(field), name: name) }
        return ShownField(ContextField(name: name).map { .context($0) } ?? .absent, name: name)
    }
}

/// Sums up events of any bytes at any times, whole and cut, under limits that are reached at once, and writes the result
/// in each form.
///
/// The input is two bytes that choose the limits, and then events, each behind its time (8 bytes).
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzSummary(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    let bytes = unsafe Array(UnsafeBufferPointer(start: start, count: count))
    guard bytes.count > 2 else { return 0 }
    let values = ["u8", "s16", "u32", "s64", "u128", "f", "bits", "flag", "_cpu", "_time"].filter { name in
        (try? SummaryBinding(plan, environment: FormatEnvironment(), values: shown([name]), by: [])) != nil
    }
    let groups = bytes[0] & 1 == 0 ? ["comm"] : ["comm", "s16", "_cpu"]
    guard
        let binding = try? SummaryBinding(
            plan, environment: FormatEnvironment(), values: shown(values), by: shown(groups))
    else { return 0 }
    var summary = EventSummary(
        values: values, by: groups, limit: 1 + Int(bytes[1] & 7), memory: 1 << (6 + Int(bytes[1] >> 4)))
    summary.prepare(binding)
    var index = 2
    while index < bytes.count {
        let time = bytes[index...].prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        let event = Array(bytes[index...].dropFirst(8).prefix(plan.size))
        var context = EventContext()
        context.time = time & 1 == 0 ? time : nil
        context.cpu = UInt32(truncatingIfNeeded: time >> 8)
        summary.add(event.span.bytes, context, binding)
        index += 8 + plan.size
    }
    for width in [nil, 1, 80] {
        var lines = LineBuffer()
        summary.writeText(to: &lines, width: width, top: 50, drawings: 10)
    }
    var lines = LineBuffer()
    summary.writeJSON(to: &lines)
    summary.writeSeparated(to: &lines, .csv)
    return 0
}
