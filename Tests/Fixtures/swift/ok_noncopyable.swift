// result: 65
import BPFKit

struct Token: ~Copyable {
    let value: Int32
    consuming func use() -> Int32 { value + 1 }
}

@section("socket") func run(_ context: SocketContext) -> Int32 {
    let n = Int32(bitPattern: context.length)
    let token = Token(value: n)
    return token.use()
}
