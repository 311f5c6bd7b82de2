// result: 94
import BPFKit

func total<T: FixedWidthInteger>(_ a: T, _ b: T) -> T { a &+ b }
protocol Shape { var area: Int32 { get } }
struct Square: Shape {
    var side: Int32
    var area: Int32 { side * side }
}
func area<S: Shape>(_ shape: S) -> Int32 { shape.area }

@section("socket") func run(_ context: SocketContext) -> Int32 {
    let n = Int32(bitPattern: context.length)
    return total(n, 3) + Int32(truncatingIfNeeded: total(UInt64(5), 6)) + area(Square(side: 4))
}
