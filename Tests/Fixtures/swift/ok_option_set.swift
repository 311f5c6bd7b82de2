// result: 5
import BPFKit

struct Flags: OptionSet {
    let rawValue: UInt8
    static let a = Flags(rawValue: 1)
    static let b = Flags(rawValue: 2)
    static let c = Flags(rawValue: 4)
}

@section("socket") func run(_ context: SocketContext) -> Int32 {
    let n = Int32(bitPattern: context.length)
    let flags: Flags = n > 3 ? [.a, .c] : []
    return flags.contains(.c) ? Int32(flags.rawValue) : 0
}
