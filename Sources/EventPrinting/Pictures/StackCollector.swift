// SPDX-License-Identifier: Apache-2.0

internal import EventDecoding
internal import EventSummaries
internal import Pictures

/// Counts the stacks of events and of the elements of maps.
///
/// A map is counted by its last snapshot, since its values count on, in whichever capture that is. A stack whose number comes
/// before its map of stacks, as in the events of a capture, waits for it.
struct StackCollector {
    /// A stack as it was told.
    private enum Part: Hashable {
        case frames([PictureFrame])
        case number(UInt32, StackOwner)
    }

    private struct Waiting: Hashable {
        let process: PictureFrame?
        let parts: [Part]
        /// Whether all of it is known once its numbers are.
        let isKnown: Bool

        /// What it takes, in frames: a name takes as much as its bytes.
        var frameCount: Int {
            var count = 4 + (process?.name.utf8.count ?? 0) / Self.frameSize
            for part in parts {
                count += 2
                if case .frames(let frames) = part {
                    count += frames.reduce(0) { $0 + 1 + $1.name.utf8.count / Self.frameSize }
                }
            }
            return count
        }

        private static let frameSize = 24
    }

    private var counts = StackCounts()
    /// Of each map those of its last snapshot.
    private var elements: [MapKey: StackCounts] = [:]
    private var waiting: [Waiting: UInt64] = [:]
    /// What these take, in frames.
    private var waitingFrames = 0
    /// Numbers that no map of stacks had when they were counted.
    private var missing: Set<UInt32> = []
    private var waitingEnvironment: FormatEnvironment?
    private var labels = StackLabels()
    /// The weight of stacks of which something is not known.
    private(set) var unknown: UInt64 = 0
    /// The weight of stacks that were not named, since a signal came.
    private(set) var unnamed: UInt64 = 0
    private var unknownOfElements: [MapKey: UInt64] = [:]
    /// Events and elements whose weight is below 0 or no number.
    private(set) var unweighed: UInt64 = 0
    /// Whether a type with stacks came.
    private(set) var hasStacks = false
    /// What weights count.
    private(set) var weightName: String?
    private(set) var unit = SummaryUnit.none
    /// What others of the weights count that were added to them; nil if all count the same.
    private(set) var otherWeight: String?
    /// The maps that were counted.
    private(set) var maps: [String] = []
    /// The maps that were not, since their values have several numbers.
    private(set) var several: [String] = []

    private static let waitingLimit = 1 << 16
    private static let waitingFrameLimit = 1 << 19
    private static let missingLimit = 1 << 16
    private static let mapLimit = 64

    /// Takes in that a snapshot of a map begins.
    mutating func beginSnapshot(of map: MapKey) {
        elements[map] = nil
        unknownOfElements[map] = nil
    }

    /// Takes an event or element.
    ///
    /// - Parameter source: The map that it is an element of; nil for events.
    mutating func add(_ event: RawSpan, _ context: borrowing EventContext, _ binding: PictureBinding, source: MapKey?) {
        guard !binding.stacks.isEmpty else { return }
        hasStacks = true
        if case .several = binding.weight { return Self.note(context.map, in: &several) }
        noteWeight(binding)
        Self.note(context.map, in: &maps)
        guard let weight = binding.weight(of: event) else {
            unweighed += 1
            return
        }
        guard weight > 0 else { return }
        let process =
            binding.command(of: event).map { PictureFrame($0, .process) }
            ?? binding.processID(of: event, context).map { PictureFrame("process \($0)", .process) }
        var parts: [Part] = []
        var isKnown = true
        for stack in binding.stacks {
            switch labels.read(stack, of: event, context, binding) {
            case .nothing: break
            case .frames(let frames): parts.append(.frames(frames))
            case .number(let id, let owner): parts.append(.number(id, owner))
            case .unknown:
                parts.append(.frames([.unknown]))
                isKnown = false
            }
        }
        if parts.isEmpty {
            parts = [.frames([.unknown])]
            isKnown = false
        }
        let hasNumber = parts.contains { if case .number = $0 { true } else { false } }
        if hasNumber, source == nil {
            let stack = Waiting(process: process, parts: parts, isKnown: isKnown)
            waitingEnvironment = binding.environment
            if let known = waiting[stack] {
                waiting[stack] = known.saturating(adding: weight)
                return
            }
            let frames = stack.frameCount
            if waiting.count < Self.waitingLimit, frames <= Self.waitingFrameLimit - waitingFrames {
                waiting[stack] = weight
                waitingFrames += frames
                return
            }
        }
        count(process, parts, isKnown: isKnown, weight, binding.environment, source: source)
    }

    /// Takes in what the weights of a type count: pictures add them all up.
    private static func note(_ map: String, in maps: inout [String]) {
        if maps.count < mapLimit, !map.isEmpty, !maps.contains(map) { maps.append(map) }
    }

    private mutating func noteWeight(_ binding: PictureBinding) {
        // A type without the field that the user named adds nothing.
        if case .none = binding.weight { return }
        guard let name = weightName else {
            (weightName, unit) = (binding.weightName, binding.unit)
            return
        }
        guard otherWeight == nil, name != binding.weightName || unit != binding.unit else { return }
        otherWeight = binding.weightName
    }

    private mutating func count(
        _ process: PictureFrame?, _ parts: [Part], isKnown: Bool, _ weight: UInt64, _ environment: FormatEnvironment,
        source: MapKey?
    ) {
        var frames: [PictureFrame] = process.map { [$0] } ?? []
        var isKnown = isKnown
        for part in parts {
            switch part {
            case .frames(let some): frames += some
            case .number(let id, let owner):
                if let some = labels.frames(ofStack: id, owner, environment) {
                    frames += some
                } else {
                    frames.append(.unknown)
                    isKnown = false
                    if missing.count < Self.missingLimit { missing.insert(id) }
                    waitingEnvironment = environment
                }
            }
        }
        if let source {
            if elements[source] == nil {
                // All of them together have no more than the picture will.
                let taken = elements.values.reduce(0) { $0 + $1.frameCount }
                elements[source] = StackCounts(limit: StackCounts.nodeLimit - taken)
            }
            elements[source]?.add(frames, weight: weight)
            if !isKnown { unknownOfElements[source] = (unknownOfElements[source] ?? 0).saturating(adding: weight) }
        } else {
            counts.add(frames, weight: weight)
            if !isKnown { unknown = unknown.saturating(adding: weight) }
        }
    }

    /// A name and unit of what weights count.
    struct Measure: Equatable {
        var name = "events"
        var unit = SummaryUnit.none
    }

    /// What weights count; nil if nothing was counted.
    var measure: Measure? { weightName.map { Measure(name: $0, unit: unit) } }

    /// Takes in that what comes from here on is of another capture, or that nothing more comes.
    ///
    /// - Parameters:
    ///   - boot: The boot that the next capture is of, whose maps may have further snapshots; nil if nothing more comes.
    ///   - isAsked: Whether a signal asks for the end: names of thousands of stacks take their time, and who asks meanwhile
    ///     gets the rest without. One that was there before has ended what is drawn here.
    mutating func settle(before boot: String? = nil, unless isAsked: () -> Bool = { false }) {
        let environment = waitingEnvironment ?? FormatEnvironment()
        let wasAsked = isAsked()
        for (stack, weight) in waiting {
            guard wasAsked || !isAsked() else {
                counts.add((stack.process.map { [$0] } ?? []) + [.unknown], weight: weight)
                unnamed = unnamed.saturating(adding: weight)
                continue
            }
            count(stack.process, stack.parts, isKnown: stack.isKnown, weight, environment, source: nil)
        }
        (waiting, waitingFrames) = ([:], 0)
        for id in missing where environment.stacks?.stack(id) == nil { environment.stacks?.note(missing: Int128(id)) }
        missing = []
        waitingEnvironment = nil
        // Maps that are kept apart have their frames each: those of many are put together early.
        let isFull = elements.values.reduce(0) { $0 + $1.frameCount } > StackCounts.nodeLimit / 2
        for map in elements.settledKeys(before: isFull ? nil : boot) {
            if let stacks = elements.removeValue(forKey: map) { counts.add(stacks) }
            unknown = unknown.saturating(adding: unknownOfElements.removeValue(forKey: map) ?? 0)
        }
        labels.removeAll()
    }

    /// All stacks, once they are settled.
    ///
    /// - Parameter lost: Events that are missing: they are a frame where stacks count events.
    func settled(lost: UInt64) -> StackCounts {
        var counts = counts
        if lost > 0, weightName == "events" { counts.add([PictureFrame("[lost]", .note)], weight: lost) }
        return counts
    }
}
