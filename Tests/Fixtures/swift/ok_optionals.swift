// result: 39
import BPFKit

func halved(_ x: Int32) -> Int32? { x % 2 == 0 ? x / 2 : nil }

@section("socket") func run(_ context: SocketContext) -> Int32 {
    let n = Int32(bitPattern: context.length)
    let even: Int32? = n == 64 ? n : nil
    guard let even, let half = halved(even) else { return 0 }
    return half + (halved(3) ?? 7)
}
