// error: 10: cannot use a value of protocol type 'any P'
import BPFKit

protocol P { func f() -> Int32 }
struct A: P { func f() -> Int32 { 1 } }
struct B: P { func f() -> Int32 { 2 } }

@section("socket") func run(_ context: SocketContext) -> Int32 {
    let n = Int32(bitPattern: context.length)
    let p: any P = n > 3 ? A() : B()
    return p.f()
}
