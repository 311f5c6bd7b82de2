// SPDX-License-Identifier: Apache-2.0

internal import BPFCore
internal import BPFObject
internal import Diagnostics
internal import EventDecoding
internal import EventStream
internal import MapTables
internal import Records
internal import ToolSupport

extension OpenSources {
    /// Opens a map whose elements are read at times.
    ///
    /// - Parameters:
    ///   - given: What the command line gives of types.
    ///   - started: When the run began, in nanoseconds.
    mutating func read(_ map: borrowing SourceMap, _ given: GivenTypes, from started: UInt64) throws {
        let snapshots = try MapSnapshots(map.pinned.map, source: map.number)
        let type = try ElementType(snapshots, given, pin: map.pinned.path.name)
        let pin = map.pinned.path.path
        try checkSize(of: snapshots, pin)
        tell(type, map, pin)
        let content: CaptureSource.Content = map.holdsGlobals ? .globals : .elements
        try description?.read(map, content, [type.captured(source: map.number)])
        membersByMap[map.number] = [
            ("map", .string(pin)), ("created", .bool(false)), ("type", .string(map.info.type.description)),
            ("elements", type.captured(source: map.number).json),
        ]
        let end =
            options.duration.map { started &+ $0.nanoseconds } ?? .max
        var reader = SnapshotReader(
            snapshots, SnapshotSchedule(options.snapshots ?? .once, start: started, end: end), name: pin,
            dropsPrivilege: options.user != nil)
        if options.metrics != nil {
            // The pin's name is the user's choice, and the kernel cuts the map's own.
            let samples = MapSamples(
                try DecodingPlan(type.schema), map: map.pinned.path.name,
                isArray: map.info.type.isArray,
                choices: options.histograms.compactMap { HistogramChoice(parsing: $0) }, limit: options.metricsLimit)
            if samples.isGuess { tellGuess(pin) }
            if !samples.hasAllNumbers { tellManyNumbers(pin) }
            if samples.hasNumbers { reader.metrics = samples } else { tellWithoutNumbers(pin) }
        }
        sources.maps.add(reader)
    }

    private func checkSize(of snapshots: borrowing MapSnapshots, _ pin: String) throws(BPFError) {
        let shape = snapshots.shape
        let head = SnapshotHead(
            source: 0, number: 1, began: 0, keySize: shape.keySize, valueSize: shape.valueSize, cpus: shape.cpus)
        guard head.storedSize == nil else { return }
        throw BPFError(
            .mapElement, .elementTooLarge, "cannot capture \(pin.terminalSafe): its elements are larger than 16 MiB",
            cause: "keys have \(shape.keySize) bytes and values \(shape.valueSize)"
                + (shape.cpus.map { ", for each of \($0) CPUs" } ?? ""),
            nextStep: "leave it out")
    }

    private func tell(_ type: ElementType, _ map: borrowing SourceMap, _ pin: String) {
        let words = type.captured(source: map.number).words
        guard type.isPlain else {
            return reporter.report(
                Diagnostic(.mapTyped, .note, stage: .map, "elements of \(pin.terminalSafe) are decoded as \(words)"))
        }
        reporter.report(
            Diagnostic(
                .mapUntyped, .note, stage: .map, "\(pin.terminalSafe) has no types: its elements are numbers or bytes",
                cause: "it was created without BTF (keys of \(map.info.keySize) bytes, values of "
                    + "\(map.info.valueSize))",
                nextStep: "give the object that has them, or write them: "
                    + "\(.eventLayout, to: "'struct { u32 key; u64 value; }'")"))
    }

    private func tellManyNumbers(_ pin: String) {
        reporter.report(
            Diagnostic(
                .metricsLimited, .warning, stage: .run, "not all numbers of \(pin.terminalSafe) are in the metrics",
                cause: "an element has more than \(SampleFields.limit)"))
    }

    private func tellGuess(_ pin: String) {
        reporter.report(
            Diagnostic(
                .mapTyped, .note, stage: .run,
                "the metrics have the histograms of \(pin.terminalSafe) as such of powers of two",
                cause: "they are known by their names alone, which do not say where their buckets end"))
    }

    private func tellWithoutNumbers(_ pin: String) {
        reporter.report(
            Diagnostic(
                .metricsWithoutNumbers, .warning, stage: .run, "there are no metrics of \(pin.terminalSafe)",
                cause: "its values have no numbers"))
    }
}

extension SourceMap {
    /// Whether the map has an object's global variables: one element, in a section of data.
    var holdsGlobals: Bool {
        guard info.type.description == "array", info.maxEntries == 1, info.keySize == 4 else { return false }
        return info.name.contains(".bss") || info.name.contains(".data") || info.name.contains(".rodata")
    }
}
