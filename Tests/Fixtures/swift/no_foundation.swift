// error: 3: no such module 'Foundation'
import BPFKit
import Foundation

@section("socket") func run(_ context: SocketContext) -> Int32 {
    return 0
}
