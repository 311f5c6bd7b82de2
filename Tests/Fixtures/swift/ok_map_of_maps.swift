// result: 5
import BPFKit

let tables = ArrayOfMaps<HashMap<UInt32, UInt64>>(maxEntries: 4, inner: HashMap(maxEntries: 64))
let named = HashOfMaps<UInt64, ArrayMap<UInt32>>(maxEntries: 4, inner: ArrayMap(maxEntries: 2))

@section("socket") func run(_ context: SocketContext) -> Int32 {
    let n = Int32(bitPattern: context.length)
    return tables.map(1) == nil ? 5 : 6
}
