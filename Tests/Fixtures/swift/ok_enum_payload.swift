// result: 128
import BPFKit

enum Shape { case number(Int32, UInt8), flag(Bool), none }

@section("socket") func run(_ context: SocketContext) -> Int32 {
    let n = Int32(bitPattern: context.length)
    let shape: Shape = n > 10 ? .number(n, 2) : .none
    switch shape {
    case .number(let a, let b): return a * Int32(b)
    case .flag(let f): return f ? 1 : 0
    case .none: return -1
    }
}
