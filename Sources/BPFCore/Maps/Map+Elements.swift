// SPDX-License-Identifier: Apache-2.0

internal import BPFObject
internal import Diagnostics
internal import SystemPackage

/// Elements as bytes: what the typed forms and readers by BTF stand on.
extension Map {
    /// What an update does with a key that is there or not (`BPF_ANY`, `BPF_NOEXIST`, `BPF_EXIST`).
    public enum UpdateRule: UInt64, Sendable {
        /// Sets the element, whether it is there or not.
        case any = 0
        /// Only adds an element: one that is there is an error (`EEXIST`).
        case add = 1
        /// Only changes an element: one that is not there is an error (`ENOENT`).
        case change = 2
    }

    /// The value of a key (`BPF_MAP_LOOKUP_ELEM`); nil if there is none.
    ///
    /// - Parameter key: As many bytes as ``keySize``.
    /// - Returns: ``valueSize`` bytes; of a map per CPU those of each possible CPU, each rounded up to 8.
    public func bytes(ofKey key: [UInt8]) throws(BPFError) -> [UInt8]? {
        try check(key: key.count)
        var value = [UInt8](repeating: 0, count: try valueRoom())
        do throws(Errno) {
            try BPFCommand.lookUpElement(map: descriptor.rawValue, key: key.span, value: &value)
        } catch .noSuchFileOrDirectory {
            return nil
        } catch {
            throw elementError(error, "cannot read an element of")
        }
        return value
    }

    /// Sets the value of a key (`BPF_MAP_UPDATE_ELEM`).
    ///
    /// - Parameters:
    ///   - key: As many bytes as ``keySize``.
    ///   - value: As many bytes as ``valueSize``; of a map per CPU those of each possible CPU, each rounded up to 8.
    ///   - rule: What to do with a key that is there or not.
    public func setBytes(_ value: [UInt8], ofKey key: [UInt8], _ rule: UpdateRule = .any) throws(BPFError) {
        if !type.isKeyless { try check(key: key.count) }
        let room = try valueRoom()
        guard value.count == room else {
            throw sizeError("its values have \(room) bytes, and \(value.count) were given")
        }
        do throws(Errno) {
            try BPFCommand.updateElement(
                map: descriptor.rawValue, key: key.span, value: value.span, flags: rule.rawValue)
        } catch {
            throw elementError(error, "cannot set an element of")
        }
    }

    /// Removes the element of a key (`BPF_MAP_DELETE_ELEM`).
    ///
    /// - Returns: Whether it was there.
    @discardableResult
    public func removeBytes(ofKey key: [UInt8]) throws(BPFError) -> Bool {
        try check(key: key.count)
        do throws(Errno) {
            try BPFCommand.deleteElement(map: descriptor.rawValue, key: key.span)
        } catch .noSuchFileOrDirectory {
            return false
        } catch {
            throw elementError(error, "cannot remove an element of")
        }
        return true
    }

    /// Hands out every element as bytes, many with one call where the kernel can (`BPF_MAP_LOOKUP_BATCH`, 5.6).
    ///
    /// While programs write, a key that is there all the time is handed out; one that is added or removed meanwhile may
    /// be or not, and of a hash a key may come twice where elements before it are removed.
    ///
    /// - Parameter body: Gets key and value, as ``bytes(ofKey:)`` has it; what it throws ends the walk.
    public func forEachElement(_ body: (_ key: [UInt8], _ value: [UInt8]) throws -> Void) throws {
        guard type.isIterable else {
            throw BPFError(
                .mapElement, .mapNotListed, "cannot list the elements of map \(label)",
                cause: "a map of type \(type) has no keys to walk")
        }
        var walk = MapWalk(room: try valueRoom())
        while let element = try walk.next(self) { try body(element.key, element.value) }
    }

    /// The bytes that the kernel writes for one value.
    func valueRoom() throws(BPFError) -> Int {
        guard type.needsRoomPerCPU else { return valueSize }
        return (valueSize + 7) / 8 * 8 * (try PossibleCPUs.count())
    }

    func check(key size: Int) throws(BPFError) {
        guard size == keySize else { throw sizeError("its keys have \(keySize) bytes, and \(size) were given") }
    }

    func sizeError(_ cause: String) -> BPFError {
        BPFError(.mapElement, .mapAccessFailed, errno: nil, "map \(label) does not take the element", cause: cause)
    }

    func elementError(_ errno: Errno, _ what: String) -> BPFError {
        let cause: String? =
            switch errno {
            case .argListTooLong: "the map is full, or has no element of that number"
            case .fileExists: "the key is there already"
            case .noSuchFileOrDirectory: "the key is not there"
            case .notPermitted: "the map is frozen, or was opened for reading or writing only"
            default: nil
            }
        return BPFError(.mapElement, .mapAccessFailed, errno: errno, "\(what) map \(label)", cause: cause)
    }

    /// The map's name for messages, by its id if it has none.
    var label: String {
        guard let info = try? info() else { return "of type \(type)" }
        return info.name.isEmpty ? "of id \(info.id)" : info.name
    }
}

/// A walk over the elements of a map, a part of them at a time.
struct MapWalk {
    /// The bytes of one value.
    private let room: Int
    private var keys: [UInt8] = []
    private var values: [UInt8] = []
    /// How many of the elements read were handed out, and how many there are.
    private var taken = 0
    private var count = 0
    /// Where the next batch begins.
    private var place: [UInt8] = []
    private var isLast = false
    /// Elements of one batch.
    private var size = 256
    private var hasBatches = true
    /// The last key, where the map is walked key by key.
    private var key: [UInt8]?
    /// Keys that are left to look at, so that a walk ends though others remove elements behind it.
    private var budget: Int?

    init(room: Int) { self.room = room }

    /// The next element; nil after the last.
    mutating func next(_ map: borrowing Map) throws(BPFError) -> (key: [UInt8], value: [UInt8])? {
        while taken == count {
            if isLast { return nil }
            guard hasBatches else { return try nextByKey(map) }
            try readBatch(map)
        }
        let at = taken
        taken += 1
        return (
            Array(keys[(at * map.keySize)..<((at + 1) * map.keySize)]), Array(values[(at * room)..<((at + 1) * room)])
        )
    }

    private mutating func readBatch(_ map: borrowing Map) throws(BPFError) {
        (taken, count) = (0, 0)
        while true {
            keys = [UInt8](repeating: 0, count: size * map.keySize)
            values = [UInt8](repeating: 0, count: size * room)
            do throws(Errno) {
                (count, isLast) = try BPFCommand.lookUpBatch(
                    map: map.descriptor.rawValue, place: &place, count: size, keys: &keys, values: &values)
                count = min(max(count, 0), size)
                return
            } catch .noSpace where size < 1 << 20 {
                // A bucket of the hash holds more than that.
                size *= 4
            } catch {
                guard place.isEmpty, [.invalidArgument, .notSupportedByKernel, .notSupported].contains(error) else {
                    throw map.elementError(error, "cannot read the elements of")
                }
                // An older kernel, or a type of map without batches.
                hasBatches = false
                return
            }
        }
    }

    private mutating func nextByKey(_ map: borrowing Map) throws(BPFError) -> (key: [UInt8], value: [UInt8])? {
        if budget == nil { budget = 4 * Int(clamping: try map.info().maxEntries) + 1024 }
        while true {
            do throws(Errno) {
                guard
                    let next = try BPFCommand.nextKey(map: map.descriptor.rawValue, after: key, size: map.keySize)
                else {
                    isLast = true
                    return nil
                }
                key = next
            } catch {
                throw map.elementError(error, "cannot read the keys of")
            }
            budget = budget.map { $0 - 1 }
            guard let budget, budget >= 0, let key else {
                throw BPFError(
                    .mapElement, .mapNotListed, "cannot read map \(map.label) to its end",
                    cause: "programs remove elements faster than they are read, and each time the walk begins anew")
            }
            // Removed meanwhile, as keys of an array of maps may be empty: the next one then.
            if let value = try map.bytes(ofKey: key) { return (key, value) }
        }
    }
}

/// How many values a map per CPU has.
enum PossibleCPUs {
    /// The CPUs that may ever run, holes counted: the kernel copies a value for each of them.
    static func count() throws(BPFError) -> Int { try CPUList.possible().count }
}
