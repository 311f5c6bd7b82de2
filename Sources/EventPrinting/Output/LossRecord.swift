// SPDX-License-Identifier: Apache-2.0

internal import EventDecoding
internal import EventStream

extension CaptureLoss {
    /// The loss as a sentence: `lost 12 events on CPU 0: nobody read the ring`.
    var words: String {
        let number = events.map { $0 == 1 ? "1 event" : "\($0) events" } ?? "an unknown number of events"
        let place = cpu.map { " on CPU \($0)" } ?? ""
        let reason =
            switch cause {
            case .ringFull: ""
            case .noReader: ": nobody read the ring"
            case .tooLarge: ": too large for a capture"
            case .damagedRing: ": the ring was damaged"
            default: ": cause \(cause.rawValue)"
            }
        return "lost \(number)\(place)\(reason)"
    }

    /// The cause as JSON names it.
    fileprivate var causeName: StaticString {
        switch cause {
        case .ringFull: "ring-full"
        case .noReader: "no-reader"
        case .tooLarge: "too-large"
        case .damagedRing: "damaged-ring"
        default: "unknown"
        }
    }
}

extension LineBuffer {
    /// Appends a loss as a line of JSON: `{"_lost":12,"_time":"…","_cpu":0,"_map":"map_event","_cause":"ring-full"}`.
    ///
    /// `_lost` is null where nobody knows how many there were; `_time` is when the first of them was lost, if that is
    /// known.
    mutating func append(_ loss: CaptureLoss, map: String, host: String, bootOffset: Int64?) {
        append("{\"_lost\":")
        if let events = loss.events { append(events) } else { append("null") }
        if let time = loss.from, bootOffset != nil {
            append(",\"_time\":\"")
            ValueFormat.ktime.append(
                Int128(time), bits: 64, to: &self, FormatEnvironment(bootOffset: bootOffset))
            append("\"")
        }
        if let cpu = loss.cpu {
            append(",\"_cpu\":")
            append(UInt64(cpu))
        }
        if !map.isEmpty {
            append(",\"_map\":")
            unsafe appendJSON(Array(map.utf8).span.bytes)
        }
        appendHost(host)
        append(",\"_cause\":\"")
        append(loss.causeName)
        append("\"}\n")
    }

    /// Appends the host as a further member of an object, where there are several.
    mutating func appendHost(_ host: String) {
        guard !host.isEmpty else { return }
        append(",\"_host\":")
        unsafe appendJSON(Array(host.utf8).span.bytes)
    }

    /// Appends a loss as a record with its identity.
    mutating func append(_ loss: CaptureLoss, map: String, _ identity: RecordIdentity) {
        let start = count
        append("{\"_lost\":")
        if let events = loss.events { append(events) } else { append("null") }
        append(",\"_cause\":\"")
        append(loss.causeName)
        append("\"}\n")
        var context = EventContext()
        (context.time, context.cpu, context.map) = (loss.from, loss.cpu, map)
        identity.complete("loss", from: start, context, to: &self)
    }
}
