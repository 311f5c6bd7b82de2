// SPDX-License-Identifier: Apache-2.0

/// A place in the code that sends an event: a call of a helper.
struct Emission: Hashable {
    /// The index of the function in the object.
    let function: Int
    /// The index of the call in the function's code.
    let instruction: Int
    /// The index of the map; nil if the code computes it as it runs.
    let map: Int?
    /// Bytes of the event; nil if the code computes them as it runs.
    let size: Int?
    /// Bytes that it has at least, if they are computed and some are.
    var least = 0
    /// Where the event is.
    let data: Data
    /// What gave the memory in which the event is, if something did and its start is sent.
    var givers: [GivenMemory.Giver] = []

    /// Where the bytes of an event are.
    enum Data: Hashable {
        /// In the frame of the function: bytes from its top, which are negative; nil if several places are possible.
        case frame(Int?)
        /// At the start of a value of a map, by the map's index.
        case value(of: Int)
        /// In a global variable: the index of its map, and bytes from the start.
        case global(map: Int, offset: Int)
        /// In room of a ring buffer that the helper gives.
        case reserved
        /// Written piece by piece (`bpf_dynptr_write`): no variable has it.
        case dynamic
        /// Elsewhere.
        case elsewhere

        /// Whether it is a variable's value that leads there.
        var isPointedTo: Bool {
            switch self {
            case .frame, .dynamic: false
            case .value, .global, .reserved, .elsewhere: true
            }
        }

        /// Numbers that say the same, for an order.
        fileprivate var rank: (Int, Int, Int) {
            switch self {
            case .frame(let offset): (0, offset ?? 1, 0)
            case .value(let map): (1, map, 0)
            case .global(let map, let offset): (2, map, offset)
            case .reserved: (3, 0, 0)
            case .dynamic: (4, 0, 0)
            case .elsewhere: (5, 0, 0)
            }
        }
    }
}

extension Emission: Comparable {
    static func < (first: Emission, second: Emission) -> Bool {
        let (one, other) = (
            (first.function, first.size ?? 0, first.map ?? -1), (second.function, second.size ?? 0, second.map ?? -1)
        )
        guard one == other else { return one < other }
        guard first.data == second.data else { return first.data.rank < second.data.rank }
        let (places, others) = ((first.least, first.instruction), (second.least, second.instruction))
        return places == others ? first.givers.lexicographicallyPrecedes(second.givers) : places < others
    }
}

/// The helpers that send events (`enum bpf_func_id`), and the registers in which they want what matters.
enum EmissionHelper {
    case output(map: Int, data: Int, size: Int)
    case reserve(map: Int, size: Int, isDynamic: Bool)

    init?(_ number: Int32) {
        switch number {
        // bpf_perf_event_output, bpf_skb_output, bpf_xdp_output
        case 25, 111, 121: self = .output(map: 2, data: 4, size: 5)
        // bpf_ringbuf_output
        case 130: self = .output(map: 1, data: 2, size: 3)
        // bpf_ringbuf_reserve
        case 131: self = .reserve(map: 1, size: 2, isDynamic: false)
        // bpf_ringbuf_reserve_dynptr
        case 198: self = .reserve(map: 1, size: 2, isDynamic: true)
        default: return nil
        }
    }

    /// The register that has the address of the event at the call; nil if the helper gives it.
    static func dataRegister(_ number: Int32) -> UInt8? {
        if case .output(_, let data, _) = EmissionHelper(number) { UInt8(truncatingIfNeeded: data) } else { nil }
    }

    /// Whether a helper gives room for an event in the ring buffer in register 1: `bpf_ringbuf_reserve`.
    static func isReservation(_ number: Int32) -> Bool { number == 131 }

    /// Whether a helper gives the address of a value of the map in register 1: `bpf_map_lookup_elem`,
    /// `bpf_map_lookup_percpu_elem`.
    static func isLookup(_ number: Int32) -> Bool { number == 1 || number == 195 }
}
