// result: 31
import BPFKit

@section("socket") func run(_ context: SocketContext) -> Int32 {
    var name = Text<16>()
    name[0] = UInt8(ascii: "s")
    // Not known when it is compiled.
    name[1] = UInt8(truncatingIfNeeded: context.length) + 40
    let written: Text<16> = "sh"
    var right: Int32 = (name == written ? 1 : 0) + (name != "s" ? 2 : 0) + (name != written ? 0 : 4)
    switch name {
    case "ssh": right += 16
    case "sh": right += 8
    default: right += 32
    }
    name[2] = UInt8(ascii: "x")
    return right + (name == written ? 0 : 16)
}
