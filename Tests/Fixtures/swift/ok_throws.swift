// result: 200
import BPFKit

enum Bad: Error { case big(Int32), small }
func checked(_ x: Int32) throws(Bad) -> Int32 {
    if x > 100 { throw .big(x) }
    return x
}

@section("socket") func run(_ context: SocketContext) -> Int32 {
    let n = Int32(bitPattern: context.length)
    do { return try checked(n) + checked(200) } catch {
        switch error {
        case .big(let x): return x
        case .small: return -1
        }
    }
}
