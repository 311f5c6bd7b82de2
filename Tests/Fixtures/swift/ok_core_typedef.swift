// result: 127
import BPFKit

// The kernel has these as typedefs of structures and of an enumeration without names.
struct kuid_t { var val: UInt32 }
struct atomic_t { var counter: Int32 }
struct refcount_t { var refs: atomic_t }
enum socket_state { case SS_FREE, SS_CONNECTED, SS_NONSENSE }

struct cred { var uid: kuid_t }
struct task_struct {
    var cred: Kernel<cred>
    var real_cred: Kernel<cred>
    var usage: refcount_t
}
// A structure of such a name that no kernel has.
struct nonsense_t { var value: UInt32 }

@section("socket") func run(_ context: SocketContext) -> Int32 {
    let task = currentTask(as: task_struct.self)
    var right: Int32 = 0
    if task.cred.uid.val == task.real_cred.uid.val { right += 1 }
    if task.usage.refs.counter > 0 { right += 2 }
    if Kernel<kuid_t>.exists, Kernel<kuid_t>.size == 4 { right += 4 }
    if !Kernel<nonsense_t>.exists { right += 8 }
    if EnumValue(socket_state.SS_CONNECTED).value == 3 { right += 16 }
    if !EnumValue(socket_state.SS_NONSENSE).exists, EnumValue(socket_state.SS_FREE).exists { right += 32 }
    if task.cred.uid.has(\.val) { right += 64 }
    return right
}
