// SPDX-License-Identifier: Apache-2.0

/// Stacks whose length is told beside them.
extension ValueRenderer {
    /// Whether something is written as a stack.
    var hasStacks: Bool { steps.contains { Self.isStack($0.format) } }

    private static func isStack(_ format: ValueFormat?) -> Bool {
        switch format {
        case .stack, .stackid, .kstack, .ustack, .buildid: true
        default: false
        }
    }

    /// Appends the part of a stack that is valid; nil if nothing says which that is.
    ///
    /// - Returns: False if the event ends before the end of the stack.
    func appendStack(_ step: Step, _ base: Int, _ event: RawSpan, to line: inout LineBuffer) -> Bool? {
        guard step.stackLength != nil || step.isFlexible, let format = step.format, Self.isStack(format),
            let range = Self.range(base + step.access.offset, step.isFlexible ? nil : step.size, event)
        else { return nil }
        switch step.stackLength?.read(event, base) ?? .bytes(range.count) {
        case .error(let number):
            let start = line.count
            ValueFormat.ret.append(number, bits: 64, to: &line, environment)
            if isJSON { line.quoteJSON(from: start) }
            return true
        case .bytes(let used):
            let valid = range.lowerBound..<(range.lowerBound + min(used, range.count))
            if !appendFormatted(format, valid, event, to: &line) { line.append("[]") }
            return step.isFlexible || range.count == step.size
        }
    }
}

extension ValueFormat {
    /// Whether the format of an array is one for each of its elements: of a stack it is for all of them.
    func isFor(elements element: PlanNode, of array: PlanNode) -> Bool {
        guard self != .buildid, accepts(element.kind, bytes: element.size) else { return false }
        return self != .kstack && self != .ustack || element.access.bits != 64
    }
}
