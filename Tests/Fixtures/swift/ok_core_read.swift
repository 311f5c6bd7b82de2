// result: 15
import BPFKit

struct task_struct {
    var tgid: Int32
    var comm: Text<16>
    var sched_reset_on_fork: UInt8
    var group_leader: Kernel<task_struct>
}

@section("socket") func run(_ context: SocketContext) -> Int32 {
    let task = currentTask(as: task_struct.self)
    var right: Int32 = 0
    if task.tgid == task.group_leader.tgid { right += 1 }
    if task.comm[0] != 0 { right += 2 }
    if task.integer(\.sched_reset_on_fork) < 2 { right += 4 }
    if task.integer(\.tgid) == task.tgid { right += 8 }
    return right
}
