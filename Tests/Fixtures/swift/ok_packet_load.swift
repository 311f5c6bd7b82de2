// result: 0
import BPFKit

@section("tc") func run(_ context: TCContext) -> Int32 {
    guard let kind = context.load(12, as: UInt16.self) else { return -1 }
    return Int32(UInt16(bigEndian: kind))
}
