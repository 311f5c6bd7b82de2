// result: 69
import BPFKit

@section("socket") func run(_ context: SocketContext) -> Int32 {
    let n = Int32(bitPattern: context.length)
    switch (n, n % 3) {
    case (0..<10, _): return 1
    case (let x, 1) where x > 60: return x + 5
    case (64, _): return 3
    default: return 4
    }
}
