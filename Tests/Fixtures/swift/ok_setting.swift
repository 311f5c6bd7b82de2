// result: 42
import BPFKit

let limit = Setting<UInt32>(42)
let enabled = Setting(true)
let name = Setting(Text<16>())

@section("socket") func run(_ context: SocketContext) -> Int32 {
    let n = Int32(bitPattern: context.length)
    return enabled.value && n > 10 && name.value[0] == 0 ? Int32(limit.value) : 0
}
