// result: 514
import BPFKit

@inline(never) func heavy(_ a: Int32, _ b: Int32) -> Int32 {
    var sum: Int32 = 1
    for _ in 0..<b { sum += a }
    return sum
}

@section("socket") func run(_ context: SocketContext) -> Int32 {
    let n = Int32(bitPattern: context.length)
    return heavy(n, 3) + heavy(n, 5)
}
