// SPDX-License-Identifier: Apache-2.0

internal import BPFObject
internal import Diagnostics

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
    /// While programs write, a key that is there all the time is handed out once; one that is added or removed meanwhile
    /// may be or not. Of a trie, prefixes beside one that is written in that instant may be passed.
    ///
    /// - Parameter body: Gets key and value, as ``bytes(ofKey:)`` has it; what it throws ends the walk.
    public func forEachElement(_ body: (_ key: [UInt8], _ value: [UInt8]) throws -> Void) throws {
        guard type.isIterable else {
            throw BPFError(
                .mapElement, .mapNotListed, "cannot list the elements of map \(label)",
                cause: "a map of type \(type) has no keys to walk")
        }
        var walk = try MapWalk(self)
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

/// How many values a map per CPU has.
enum PossibleCPUs {
    /// The CPUs that may ever run, holes counted: the kernel copies a value for each of them.
    static func count() throws(BPFError) -> Int { try CPUList.possible().count }
}
