// result: 2130
import BPFKit

struct Pair {
    var a: Int32
    var b: Int32
    mutating func swap() { (a, b) = (b, a) }
    var sum: Int32 { a + b }
}

@section("socket") func run(_ context: SocketContext) -> Int32 {
    let n = Int32(bitPattern: context.length)
    var pair = Pair(a: n, b: 2)
    pair.swap()
    return pair.a * 1000 + pair.b + pair.sum
}
