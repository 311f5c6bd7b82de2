// result: 616
import BPFKit

@section("socket") func run(_ context: SocketContext) -> Int32 {
    let n = Int32(bitPattern: context.length)
    var s: Int32 = 0
    for i in stride(from: 0, to: 20, by: 3) { s += Int32(i) }
    for i in (0..<4).reversed() { s += Int32(i) * n }
    return s + min(n, 5) + max(n, 100) + abs(-n)
}
