// error: 6: cannot use a value of protocol type 'any Error'
import BPFKit

enum Bad: Error { case big }
@inline(never) func checked(_ x: Int32) throws -> Int32 {
    if x > 100 { throw Bad.big }
    return x
}

@section("socket") func run(_ context: SocketContext) -> Int32 {
    let n = Int32(bitPattern: context.length)
    do { return try checked(n) } catch { return 1 }
}
