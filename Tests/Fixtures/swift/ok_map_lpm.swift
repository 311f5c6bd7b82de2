// result: 12
import BPFKit

/// The address has its first byte lowest, as the network has it.
struct Prefix {
    var bits: UInt32
    var address: UInt32
}
let routes = LPMTrie<Prefix, UInt32>(maxEntries: 16)

@section("socket") func run(_ context: SocketContext) -> Int32 {
    routes.insert(1, for: Prefix(bits: 8, address: 10))
    routes.insert(2, for: Prefix(bits: 16, address: 10 | 1 << 8))
    let long = routes[Prefix(bits: 32, address: 10 | 1 << 8 | 7 << 16)] ?? 0
    let short = routes[Prefix(bits: 32, address: 10 | 2 << 8)] ?? 0
    return Int32(short * 10 + long)
}
