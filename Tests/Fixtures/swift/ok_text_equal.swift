// result: 5
import BPFKit

@section("socket") func run(_ context: SocketContext) -> Int32 {
    var name = Text<16>()
    name[0] = UInt8(ascii: "s")
    name[1] = UInt8(ascii: "h")
    // Not known when it is compiled.
    name[2] = UInt8(truncatingIfNeeded: context.length) - 64
    return (name == "sh" ? 1 : 0) + (name == "ssh" ? 2 : 0) + (name.starts(with: "s") ? 4 : 0) + (name == "s" ? 8 : 0)
}
