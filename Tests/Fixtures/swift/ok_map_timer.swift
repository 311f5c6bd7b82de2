// result: 0
// kernel: 5.15
import BPFKit

struct Account {
    var timer: KernelTimer
    var rounds: UInt64
}
let accounts = ArrayMap<Account>(maxEntries: 1)

@section("tc") func run(_ context: TCContext) -> Int32 {
    guard let account = accounts.pointer(to: 0) else { return -1 }
    let result = account.pointee.timer.start(after: 1_000_000, in: accounts) { _, _, value in
        value.assumingMemoryBound(to: Account.self).pointee.rounds += 1
        return 0
    }
    // -EPERM: no process holds the map.
    return result == -1 ? 0 : Int32(truncatingIfNeeded: result)
}
