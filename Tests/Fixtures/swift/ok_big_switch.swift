// result: 65
import BPFKit

@section("socket") func run(_ context: SocketContext) -> Int32 {
    let n = Int32(bitPattern: context.length)
    switch n & 15 {
    case 0: return 65
    case 1: return 17
    case 2: return 35
    case 3: return 8
    case 4: return 99
    case 5: return 1234
    case 6: return 7
    default: return 1
    }
}
