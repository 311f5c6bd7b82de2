// result: 3
import BPFKit

@section("tc") func run(_ context: TCContext) -> Int32 {
    let n = Int32(bitPattern: context.length)
    return context.load(77, as: UInt16.self) == nil && context.load(76, as: UInt16.self) != nil ? 3 : 4
}
