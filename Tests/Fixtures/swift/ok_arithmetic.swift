// result: -2147483044
import BPFKit

@section("socket") func run(_ context: SocketContext) -> Int32 {
    let n = Int32(bitPattern: context.length)
    let u = UInt32(n)
    return Int32((u << 3) ^ (u >> 2)) &+ Int32(u % 7) &+ Int32(u / 5) &+ (Int32.max &+ n)
}
