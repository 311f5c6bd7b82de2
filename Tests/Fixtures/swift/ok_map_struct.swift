// result: 7
import BPFKit

// Both have padding, which kernels before 6.3 want to see written.
struct Key {
    var a: UInt8
    var b: UInt64
}
struct Entry {
    var x: UInt64
    var y: UInt8
    var z: UInt32
}
let table = HashMap<Key, Entry>(maxEntries: 16)

@section("socket") func run(_ context: SocketContext) -> Int32 {
    let n = Int32(bitPattern: context.length)
    let key = Key(a: 1, b: UInt64(n))
    table[key] = Entry(x: 3, y: 4, z: 9)
    guard let entry = table[key] else { return 0 }
    table[key] = nil
    return Int32(entry.x) + Int32(entry.y)
}
