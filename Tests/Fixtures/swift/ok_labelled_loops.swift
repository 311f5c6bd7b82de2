// result: 12
import BPFKit

@section("socket") func run(_ context: SocketContext) -> Int32 {
    let n = Int32(bitPattern: context.length)
    var found: Int32 = 0
    outer: for i in 0..<8 {
        for j in 0..<8 where i * j == 12 {
            found = Int32(i * j)
            break outer
        }
    }
    return found + (n - 64)
}
