// result: 6
import BPFKit

enum Table {
    static let one: Int32 = 1
    static let five: Int32 = 5
    static var total: Int32 { one + five }
}

@section("socket") func run(_ context: SocketContext) -> Int32 {
    let n = Int32(bitPattern: context.length)
    return Table.total + (n - 64)
}
