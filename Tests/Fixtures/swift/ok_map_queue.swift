// result: 346
import BPFKit

let waiting = Queue<UInt64>(maxEntries: 8)
let pile = Stack<UInt32>(maxEntries: 8)

@section("socket") func run(_ context: SocketContext) -> Int32 {
    waiting.push(3)
    waiting.push(4)
    pile.push(5)
    pile.push(6)
    let first = waiting.pop() ?? 0
    let second = waiting.peek() ?? 0
    _ = waiting.pop()
    let top = pile.pop() ?? 0
    _ = pile.pop()
    return Int32(first) * 100 + Int32(second) * 10 + Int32(top)
}
