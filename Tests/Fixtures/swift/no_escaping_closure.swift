// error: 4: memory to allocate
import BPFKit

@inline(never) func adder(_ a: Int32) -> (Int32) -> Int32 { { $0 + a } }

@section("socket") func run(_ context: SocketContext) -> Int32 {
    let n = Int32(bitPattern: context.length)
    let f = adder(n)
    return f(2) + f(3)
}
