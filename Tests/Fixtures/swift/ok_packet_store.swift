// result: 9
import BPFKit

@section("tc") func run(_ context: TCContext) -> Int32 {
    context.store(UInt32(9), at: 20)
    return Int32(bitPattern: context.load(20, as: UInt32.self) ?? 0)
}
