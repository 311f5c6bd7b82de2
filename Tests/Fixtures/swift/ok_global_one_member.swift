// result: 75
import BPFKit

struct Counter {
    var n: UInt64
}
let counter = Global(Counter(n: 5))
let limits = Setting(InlineArray<1, UInt32>(repeating: 6))

@section("socket") func run(_ context: SocketContext) -> Int32 {
    Int32(truncatingIfNeeded: counter.value.n) + Int32(limits.value[0]) + Int32(bitPattern: context.length)
}
