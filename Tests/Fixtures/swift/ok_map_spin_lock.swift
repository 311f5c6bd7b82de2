// result: 64
import BPFKit

struct Account {
    var lock: SpinLock
    var bytes: UInt64
}
let accounts = ArrayMap<Account>(maxEntries: 1)

@section("tc") func run(_ context: TCContext) -> Int32 {
    guard let account = accounts.pointer(to: 0) else { return -1 }
    let before = account.pointee.bytes
    withLock(&account.pointee.lock) { account.pointee.bytes &+= 64 }
    return Int32(account.pointee.bytes - before)
}
