// SPDX-License-Identifier: Apache-2.0

internal import BPFObject
internal import Diagnostics
internal import Synchronization

/// The maps of an object that tell its programs where the arguments of static tracepoints are (libbpf's `usdt.bpf.h`).
///
/// Places of the same arguments share a slot; slots are free again when the last link that uses them ends.
final class TracepointSpecs: Sendable {
    /// Whether the kernel gives each place a number, so that programs need not know it by its address.
    let hasCookies: Bool
    private let layout: USDTSpecLayout
    private let specs: Map
    private let addresses: Map?
    /// Its descriptor; -1 if there is none.
    private let addressesDescriptor: Int32
    private let capacity: UInt32
    private let slots = Mutex(Slots())
    private let addressUsers = Mutex(AddressUsers())

    private struct Slots {
        var bySpec: [[UInt8]: UInt32] = [:]
        var users: [UInt32: Int] = [:]
        var free: [UInt32] = []
        var next: UInt32 = 0
    }

    /// Takes the maps of a loaded object; nil if it has none for this.
    init?(_ object: Object, _ maps: borrowing MapList) throws(BPFError) {
        guard let layout = object.tracepointSpecs,
            let index = maps.names.firstIndex(of: USDTSpecLayout.specsMap),
            let specs = try maps.handle(at: index)
        else { return nil }
        self.layout = layout
        capacity = try specs.info().maxEntries
        self.specs = specs
        var addresses: Map?
        if let index = maps.names.firstIndex(of: USDTSpecLayout.addressesMap) {
            addresses = try maps.handle(at: index)
        }
        addressesDescriptor = addresses?.descriptor.rawValue ?? -1
        self.addresses = addresses
        hasCookies = KernelFeatures().has(.perfLinks)
    }

    /// Why programs of the object do not get an argument that others would; nil if they do.
    func lack(of argument: USDTArgument, number: Int) -> String? { layout.lack(of: argument, number: number) }

    /// Fills a slot for each place.
    func take(_ places: [[USDTArgument]], for target: ResolvedTarget) throws(BPFError) -> TakenSpecs {
        let taken = TakenSpecs(self)
        for arguments in places { taken.append(try slot(layout.encoded(arguments), target)) }
        return taken
    }

    private func slot(_ spec: [UInt8], _ target: ResolvedTarget) throws(BPFError) -> UInt32 {
        let slot = slots.withLock { slots -> (number: UInt32, isNew: Bool)? in
            if let known = slots.bySpec[spec] {
                slots.users[known, default: 0] += 1
                return (known, false)
            }
            guard let number = slots.free.popLast() ?? (slots.next < capacity ? slots.next : nil) else { return nil }
            if number == slots.next { slots.next += 1 }
            slots.bySpec[spec] = number
            slots.users[number] = 1
            return (number, true)
        }
        guard let slot else {
            throw BPFError(
                .mapElement, .tracepointSpecsFull, "cannot attach the program to \(target)",
                cause: "\(USDTSpecLayout.specsMap) has \(capacity) entries, and more places of different arguments are "
                    + "meant",
                nextStep: "make it larger: \(.mapSize, USDTSpecLayout.specsMap, to: "4096")")
        }
        guard slot.isNew else { return slot.number }
        do throws(Errno) {
            try specs.update(key: slot.number.bytes, value: spec)
        } catch {
            give(back: slot.number)
            throw BPFError(
                .mapElement, .mapAccessFailed, errno: error, "cannot say where the arguments of \(target) are",
                cause: "the map \(USDTSpecLayout.specsMap) takes no entry")
        }
        return slot.number
    }

    fileprivate func give(back slot: UInt32) {
        slots.withLock { slots in
            guard let users = slots.users[slot] else { return }
            if users > 1 {
                slots.users[slot] = users - 1
                return
            }
            slots.users[slot] = nil
            slots.free.append(slot)
            if let spec = slots.bySpec.first(where: { $0.value == slot })?.key { slots.bySpec[spec] = nil }
        }
    }

    fileprivate func add(_ address: UInt64, slot: UInt32, _ target: ResolvedTarget) throws(BPFError) {
        guard addressesDescriptor >= 0 else { return }
        do throws(Errno) {
            try addressUsers.withLock { (users) throws(Errno) in
                try BPFCommand.updateElement(
                    map: addressesDescriptor, key: address.bytes.span, value: slot.bytes.span, flags: 0)
                users.add(address)
            }
        } catch {
            throw BPFError(
                .mapElement, .mapAccessFailed, errno: error, "cannot say where \(target) is",
                cause: error == .argListTooLong
                    ? "\(USDTSpecLayout.addressesMap) is full"
                    : "the map \(USDTSpecLayout.addressesMap) takes no entry",
                nextStep: error == .argListTooLong
                    ? "make it larger: \(.mapSize, USDTSpecLayout.addressesMap, to: "65536")" : nil)
        }
    }

    fileprivate func remove(_ address: UInt64) {
        guard addressesDescriptor >= 0 else { return }
        addressUsers.withLock { users in
            guard users.isLast(address) else { return }
            _ = try? BPFCommand.deleteElement(map: addressesDescriptor, key: address.bytes.span)
        }
    }
}

/// How many links have programs at an address.
struct AddressUsers {
    private var counts: [UInt64: Int] = [:]

    mutating func add(_ address: UInt64) { counts[address, default: 0] += 1 }

    /// Takes one of the users away, and tells whether it was the last.
    mutating func isLast(_ address: UInt64) -> Bool {
        guard let count = counts[address], count > 1 else {
            counts[address] = nil
            return true
        }
        counts[address] = count - 1
        return false
    }
}

/// The slots of one link, given back when it ends; those of a link that is pinned stay taken.
final class TakenSpecs: KeptByLink {
    private let specs: TracepointSpecs
    private let state = Mutex((slots: [UInt32](), addresses: [UInt64](), isPinned: false))

    fileprivate init(_ specs: TracepointSpecs) { self.specs = specs }

    deinit {
        let (slots, addresses, isPinned) = state.withLock { $0 }
        guard !isPinned else { return }
        for address in addresses { specs.remove(address) }
        for slot in slots { specs.give(back: slot) }
    }

    func outlive(_ isPinned: Bool) { state.withLock { $0.isPinned = isPinned } }

    /// The slot of each place.
    var slots: [UInt32] { state.withLock { $0.slots } }

    fileprivate func append(_ slot: UInt32) { state.withLock { $0.slots.append(slot) } }

    /// Makes addresses of one of the places known.
    func add(_ addresses: Set<UInt64>, slot index: Int, _ target: ResolvedTarget) throws(BPFError) {
        let slot = slots[index]
        for address in addresses {
            try specs.add(address, slot: slot, target)
            state.withLock { $0.addresses.append(address) }
        }
    }
}

extension TracepointSpecs: Equatable {
    /// Whether both are the same maps.
    static func == (left: TracepointSpecs, right: TracepointSpecs) -> Bool { left === right }
}
