// error: 6: function pointer
import BPFKit

@inline(never) func one(_ x: Int32) -> Int32 { x + 1 }
@inline(never) func two(_ x: Int32) -> Int32 { x + 2 }
@inline(never) func call(_ f: (Int32) -> Int32, _ x: Int32) -> Int32 { f(x) }

@section("socket") func run(_ context: SocketContext) -> Int32 {
    let n = Int32(bitPattern: context.length)
    let f: (Int32) -> Int32 = n > 3 ? one : two
    return call(f, n)
}
