// result: 75
import BPFKit

struct Counter {
    var n: UInt64
}
let counter = Global(Counter(n: 5))
let limits = Setting(InlineArray<1, UInt32>(repeating: 0))
nonisolated(unsafe) var steps = InlineArray<1, UInt32>(repeating: 6)

@section("socket") func run(_ context: SocketContext) -> Int32 {
    let n = Int32(truncatingIfNeeded: counter.value.n) + Int32(bitPattern: limits.value[0] + steps[0])
    steps[0] = 6
    return n + Int32(bitPattern: context.length)
}
