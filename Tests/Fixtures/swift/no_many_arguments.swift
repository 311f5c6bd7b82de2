// error: 11: more than five arguments
import BPFKit

@inline(never) func six(_ a: Int32, _ b: Int32, _ c: Int32, _ d: Int32, _ e: Int32, _ f: Int32, _ g: Int32) -> Int32 {
    trace("%d %d %d", a, b, c)
    return a + b + c + d + e + f + g
}

@section("socket") func run(_ context: SocketContext) -> Int32 {
    let n = Int32(bitPattern: context.length)
    return six(n, n / 2, n / 3, n / 5, n / 7, n / 9, n / 11) + six(n, n, 1, 2, n / 3, n / 4, n / 6)
}
