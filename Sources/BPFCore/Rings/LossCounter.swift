// SPDX-License-Identifier: Apache-2.0

internal import BPFObject
internal import Diagnostics
internal import Records

/// What programs count of the samples that found no room in a ring buffer: a per-CPU array of one `u64` beside it.
///
/// The kernel tells it to nobody but the program (`bpf_ringbuf_reserve` returns NULL, `bpf_ringbuf_output` `-EAGAIN`), so
/// the program has to count. `RINGBUF_LOST` of `Examples/include/ringbuf_lost.h` does.
package struct LossCounter: ~Copyable, Sendable {
    /// The id of the array.
    package let id: UInt32
    private let map: Map
    /// What stood in it at the last look, by CPU.
    private var last: [UInt64]
    /// What ``takeNew()`` has told, by CPU.
    private var told: [UInt64]
    /// Why it cannot be read any more, as a process that gave up its privilege cannot on kernels before 5.19.
    package private(set) var failure: BPFError?
    /// What programs had counted before, by CPU.
    package let before: [UInt64]
    /// What they have counted since, by CPU.
    package private(set) var lost: [UInt64]

    /// Opens the counts.
    ///
    /// - Parameters:
    ///   - map: A per-CPU array with values of 8 bytes; it may be closed afterwards.
    ///   - isNew: Whether it was made after reading began, so that all it has is of this time.
    /// - Throws: `BPFError` of operation `mapRing` if it is no such map, of `mapElement` if it cannot be read.
    package init(_ map: borrowing Map, isNew: Bool = false) throws(BPFError) {
        let info = try map.info()
        guard Self.hasForm(info) else {
            throw BPFError(
                .mapRing, .ringOtherType, "map \(info.name) (id \(info.id)) has no counts of lost events",
                cause: "it is of type \(info.type) with \(info.maxEntries) values of \(info.valueSize) bytes",
                nextStep: "name a percpu_array with one value of 8 bytes")
        }
        self.init(try map.duplicate(), info.id, try Self.values(of: map), isNew: isNew)
    }

    private init(_ map: consuming Map, _ id: UInt32, _ values: [UInt64], isNew: Bool) {
        self.id = id
        self.map = map
        let none = values.map { _ in UInt64(0) }
        (before, lost, last, told) = (isNew ? none : values, isNew ? values : none, values, none)
    }

    /// Looks what programs have counted by now.
    ///
    /// A count that went back was set to zero by somebody, and what stands in it is new.
    package mutating func look() {
        guard failure == nil else { return }
        do throws(BPFError) {
            let values = try Self.values(of: map)
            for cpu in values.indices where cpu < last.count {
                lost[cpu] &+= values[cpu] >= last[cpu] ? values[cpu] - last[cpu] : values[cpu]
                last[cpu] = values[cpu]
            }
        } catch {
            failure = error
        }
    }

    /// The lost samples that were not taken before, by CPU.
    package mutating func takeNew() -> [(cpu: Int, samples: UInt64)] {
        defer { told = lost }
        return lost.indices.filter { lost[$0] > told[$0] }.map { ($0, lost[$0] - told[$0]) }
    }

    private static func values(of map: borrowing Map) throws(BPFError) -> [UInt64] {
        let bytes = try map.bytes(ofKey: UInt32(0).bytes) ?? []
        return stride(from: 0, to: bytes.count - 7, by: 8).map { start in
            // What the kernel copies is in the machine's byte order.
            unsafe bytes.span.bytes.unsafeLoadUnaligned(fromByteOffset: start, as: UInt64.self)
        }
    }

    /// Whether a map has the form of such counts.
    package static func hasForm(_ info: Map.Info) -> Bool {
        info.type == .perCPUArray && info.keySize == 4 && info.valueSize == 8 && info.maxEntries == 1
    }

    /// The names that the counts of a ring buffer have in the kernel, which cuts names after 15 characters.
    package static func names(for ring: String) -> [String] {
        wholeNames(for: ring).map(cut)
    }

    /// The names that the counts of a ring buffer have where they are declared.
    static func wholeNames(for ring: String) -> [String] { ["\(ring)_lost", "\(ring)_lost_samples"] }

    /// Whether the name that the kernel has of a map is one of counts; nil if what was cut off may make it another.
    ///
    /// - Parameters:
    ///   - name: The map's, cut after 15 characters.
    ///   - ring: The ring buffer's, cut in the same way.
    ///   - declared: The whole names of the maps of its object, as far as they are known.
    package static func isName(_ name: String, of ring: String, declared: Set<String>) -> Bool? {
        guard names(for: ring).contains(name) else { return false }
        if wholeNames(for: ring).contains(name) { return true }
        let same = declared.filter { cut($0) == name }
        guard !same.isEmpty else { return nil }
        let counts = declared.filter { cut($0) == ring }.filter { ring in
            wholeNames(for: ring).contains { same.contains($0) }
        }
        guard let whole = counts.first else { return false }
        // What else is called so may be this map as well.
        return counts.count == 1 && same.subtracting([whole]).count == 1 ? true : nil
    }

    /// A name as the kernel keeps it.
    private static func cut(_ name: String) -> String { String(decoding: name.utf8.prefix(15), as: UTF8.self) }
}
