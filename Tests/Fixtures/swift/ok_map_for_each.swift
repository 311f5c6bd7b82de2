// result: 50
// kernel: 5.13
import BPFKit

let counts = HashMap<UInt32, UInt64>(maxEntries: 16)

@section("tc") func run(_ context: TCContext) -> Int32 {
    counts[1] = 10
    counts[2] = 20
    var sum: UInt64 = 0
    counts.forEach { entry in
        sum += UInt64(counts.key(of: entry)) * counts.value(of: entry).pointee
        return 0
    }
    return Int32(sum)
}
