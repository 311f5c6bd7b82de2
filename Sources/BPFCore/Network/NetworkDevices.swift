// SPDX-License-Identifier: Apache-2.0

internal import BPFObject
internal import CBPF
internal import Diagnostics

/// The network devices of the own network namespace.
enum NetworkDevices {
    /// The index of a device.
    ///
    /// - Throws: A ``BPFError`` of ``BPFError/Operation/resolveProbe`` with the near names.
    static func index(of device: NetworkDevice) throws(BPFError) -> UInt32 {
        switch device {
        case .index(let index):
            guard name(of: index) != nil else {
                throw missing(
                    "there is no network device of index \(index)",
                    all().map { "\($0.index) is \($0.name)" }, nextStep: "see which there are: ip link")
            }
            return index
        case .name(let name):
            let index = unsafe name.withFileName { unsafe if_nametoindex($0) }
            guard index != 0 else { throw missing(name) }
            return index
        }
    }

    /// The name of a device by its index; nil if there is none.
    static func name(of index: UInt32) -> String? {
        var room = [CChar](repeating: 0, count: Int(IF_NAMESIZE))
        guard unsafe if_indextoname(index, &room) != nil else { return nil }
        return String(decoding: room.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    private static func missing(_ name: String) -> BPFError {
        let names = all().map(\.name)
        let near = near(name, among: names)
        return missing(
            "there is no network device \(name)", names,
            nextStep: near.map { "did you mean \($0)?" } ?? "see which there are: ip link")
    }

    private static func missing(_ message: String, _ names: [String], nextStep: String) -> BPFError {
        let shown = names.prefix(mostNames).joined(separator: ", ")
        let more = names.count > mostNames ? " and \(names.count - mostNames) more" : ""
        return BPFError(
            .resolveProbe, .noSuchTarget, message + " in this network namespace",
            details: names.isEmpty ? [] : ["there are: " + shown + more],
            nextStep: Diagnostic.Hint(nextStep))
    }

    /// The name that is nearest to a missing one; nil if none is near.
    static func near(_ name: String, among names: [String]) -> String? {
        var distance = EditDistance()
        let wanted = Array(name.utf8)[...]
        let found = names.compactMap { candidate in
            distance.between(Array(candidate.utf8)[...], wanted, atMost: 2).map { (distance: $0, name: candidate) }
        }
        return found.min { $0.distance < $1.distance }?.name
    }

    /// Names that a message lists.
    private static let mostNames = 16

    /// All devices; none where they cannot be listed.
    private static func all() -> [(index: UInt32, name: String)] {
        guard let list = unsafe cbpf_list_devices() else { return [] }
        defer { unsafe if_freenameindex(list) }
        var found: [(index: UInt32, name: String)] = []
        var next = unsafe list
        // The list ends with an entry of zeros.
        while unsafe next.pointee.if_index != 0, let name = unsafe next.pointee.if_name {
            found.append((unsafe next.pointee.if_index, unsafe String(cString: name)))
            unsafe next += 1
        }
        return found
    }
}
