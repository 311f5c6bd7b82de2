// result: 75
import BPFKit

nonisolated(unsafe) var table: (Int32, Int32) = (1, 2)
nonisolated(unsafe) var wide: UInt64 = 3

@section("socket") func run(_ context: SocketContext) -> Int32 {
    let n = Int32(bitPattern: context.length)
    table.1 = n
    wide = 11
    return table.1 + Int32(wide)
}
