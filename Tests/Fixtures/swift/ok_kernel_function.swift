// result: 3
// kernel: 6.2
import BPFKit

struct task_struct {
    var tgid: Int32
}

@_extern(c) func bpf_rcu_read_lock()
@_extern(c) func bpf_rcu_read_unlock()

@section("socket") func run(_ context: SocketContext) -> Int32 {
    var right: Int32 = 0
    bpf_rcu_read_lock()
    let task = currentTask(as: task_struct.self)
    if task.tgid >= 0 { right += 1 }
    bpf_rcu_read_unlock()
    if UInt(context.length) > 0 { right += 2 }
    return right
}
