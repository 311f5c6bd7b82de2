// result: 75
import BPFKit

let log = ArrayMap<UInt32>(maxEntries: 1)
let index = Global(UInt32(70))
nonisolated(unsafe) var free: UInt32 = 5

@section("socket") func exit(_ context: SocketContext) {
    log[0] = context.length
}

@section("socket") func run(_ context: SocketContext) -> Int32 {
    log[0] = context.length
    free += context.length - 64
    return Int32(bitPattern: index.value + free + (log[0] ?? 0) - 64)
}
