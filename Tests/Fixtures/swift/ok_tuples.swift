// result: 901
import BPFKit

func divided(_ a: Int32, _ b: Int32) -> (Int32, Int32) {
    let u = UInt32(a), v = UInt32(b)
    return (Int32(u / v), Int32(u % v))
}

@section("socket") func run(_ context: SocketContext) -> Int32 {
    let n = Int32(bitPattern: context.length)
    let (q, r) = divided(n, 7)
    return q * 100 + r
}
