// result: 130
import BPFKit

extension Int32 {
    var doubled: Int32 { self * 2 }
    var isLarge: Bool { self > 32 }
}

@section("socket") func run(_ context: SocketContext) -> Int32 {
    let n = Int32(bitPattern: context.length)
    return n.doubled + (n.isLarge ? 2 : 0)
}
