// error: 4: calls itself
import BPFKit

func steps(_ x: Int32) -> Int32 { x < 2 ? 1 : x &* steps(x - 1) &+ steps(x - 2) }

@section("socket") func run(_ context: SocketContext) -> Int32 {
    let n = Int32(bitPattern: context.length)
    return steps(n)
}
