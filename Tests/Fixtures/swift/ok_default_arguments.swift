// result: 70
import BPFKit

func scaled(_ x: Int32, by factor: Int32 = 1) -> Int32 { x * factor }

@section("socket") func run(_ context: SocketContext) -> Int32 {
    let n = Int32(bitPattern: context.length)
    return scaled(n) + scaled(2, by: 3)
}
