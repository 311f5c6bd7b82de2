// error: 4: is no context
import BPFKit

@section("kprobe/vfs_read") func run(_ count: Int) -> Int32 {
    trace("\(count)")
    return 0
}
