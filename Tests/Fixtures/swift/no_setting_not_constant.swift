// error: 4: the first value of limit is not a constant
import BPFKit

let limit = Setting<UInt32>(currentCPU)

@section("socket") func run(_ context: SocketContext) -> Int32 {
    return Int32(limit.value)
}
