// result: 172
import BPFKit

let table = HashMap<UInt32, UInt32>(maxEntries: 4)

@section("socket") func run(_ context: SocketContext) -> Int32 {
    let n = Int32(bitPattern: context.length)
    table.remove(1)
    let absent = table.insert(3, for: 1, .ifPresent)
    table.insert(4, for: 1)
    let present = table.insert(5, for: 1, .ifAbsent)
    table[1] = nil
    return Int32(truncatingIfNeeded: -present) * 10 - Int32(truncatingIfNeeded: absent)
}
