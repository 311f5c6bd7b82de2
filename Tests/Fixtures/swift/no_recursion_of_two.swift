// error: 4: calls itself
import BPFKit

@inline(never) func even(_ x: Int32) -> Bool { x == 0 ? true : currentCPU == 0 && odd(x - 1) && odd(x - 2) }
@inline(never) func odd(_ x: Int32) -> Bool { x == 0 ? false : currentCPU == 0 || even(x - 1) || even(x - 2) }

@section("socket") func run(_ context: SocketContext) -> Int32 {
    let n = Int32(bitPattern: context.length)
    return even(n) ? 1 : 0
}
