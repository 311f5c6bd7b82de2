// result: 181
import BPFKit

struct task_struct {
    var exit_code: Int32
    var comm: Text<16>
    var nonesuch: Int32
}
struct sock {}
struct nonesuch {}
enum bpf_func_id { case BPF_FUNC_nonesuch, BPF_FUNC_ringbuf_output }

@section("socket") func run(_ context: SocketContext) -> Int32 {
    let task = Kernel<task_struct>(1)
    var facts: Int32 = 0
    if task.has(\.exit_code) { facts += 1 }
    if task.has(\.nonesuch) { facts += 2 }
    if Kernel<sock>.exists { facts += 4 }
    if Kernel<nonesuch>.exists { facts += 8 }
    if Kernel<task_struct>.size > 500 { facts += 16 }
    if EnumValue(bpf_func_id.BPF_FUNC_ringbuf_output).value == 130 { facts += 32 }
    if EnumValue(bpf_func_id.BPF_FUNC_nonesuch).exists { facts += 64 }
    if task.size(of: \.comm) == 16 { facts += 128 }
    if task.offset(of: \.exit_code) == 0 { facts += 256 }
    return facts
}
