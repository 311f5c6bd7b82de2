// SPDX-License-Identifier: Apache-2.0
// Prints the name of each file that is removed, and whether that went well.
import BPFKit

/// The member that is used of the kernel's structure.
struct filename { var name: Address }

func entered(_ file: Kernel<filename>) {
    // Through a copy: kernels before 5.11 cannot print the kernel's memory with %s.
    withKernelText(at: file.name, as: Text<128>.self) { text in
        trace("unlink: process %d removes %s", currentProcess, text)
    }
}

@section("kprobe/do_unlinkat") func do_unlinkat(_ context: KprobeContext) {
    entered(context.argument(1, as: filename.self))
}

@section("kretprobe/do_unlinkat") func do_unlinkat_exit(_ context: KretprobeContext) {
    trace("unlink: process %d is told %d", currentProcess, context.returned(as: Int32.self))
}

// Linux 7.0 calls the function filename_unlinkat. The '?' keeps these two from being loaded where nobody asks for them:
// load-kp-bpf Unlink.swift --program filename_unlinkat --program filename_unlinkat_exit
@section("?kprobe/filename_unlinkat") func filename_unlinkat(_ context: KprobeContext) {
    entered(context.argument(1, as: filename.self))
}

@section("?kretprobe/filename_unlinkat") func filename_unlinkat_exit(_ context: KretprobeContext) {
    trace("unlink: process %d is told %d", currentProcess, context.returned(as: Int32.self))
}
