// result: 2
import BPFKit

@section("xdp") func run(_ context: XDPContext) -> Int32 {
    guard let first = context.load(0, as: UInt32.self) else { return XDPAction.drop.rawValue }
    return first == 0 && context.reachableBytes == 78 ? XDPAction.pass.rawValue : XDPAction.abort.rawValue
}
