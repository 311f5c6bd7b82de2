// result: 385
import BPFKit

func times(_ count: Int, _ f: (Int) -> Int32) -> Int32 {
    var sum: Int32 = 0
    for i in 0..<count { sum += f(i) }
    return sum
}
func apply(_ x: Int32, _ f: (Int32) -> Int32) -> Int32 { f(x) }

@section("socket") func run(_ context: SocketContext) -> Int32 {
    let n = Int32(bitPattern: context.length)
    let k = n / 2
    return times(5) { Int32($0) * k } + apply(n) { $0 + 1 }
}
