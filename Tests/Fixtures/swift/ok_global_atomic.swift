// result: 12
import BPFKit

let count = Global<UInt64>(0)
let small = Global<UInt32>(5)

@section("socket") func run(_ context: SocketContext) -> Int32 {
    count.add(5)
    small.add(2)
    let sum = Int32(count.value) + Int32(small.value)
    count.value = 0
    small.value = 5
    return sum
}
