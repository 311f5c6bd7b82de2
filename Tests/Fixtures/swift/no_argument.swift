// error: 5: no register has
import BPFKit

@section("kprobe/vfs_read") func run(_ context: KprobeContext) -> Int32 {
    Int32(truncatingIfNeeded: context.argument(6))
}
