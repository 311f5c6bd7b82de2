/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Says in the source of a BPF program what the buckets of an array count, so that print-event draws it right:
 *
 *     #include "bpf_histogram.h"
 *     struct stats {
 *             __u32 wait[27] BPF_HISTOGRAM_LOG2(us);
 *             __u32 lens[32] BPF_HISTOGRAM_LINEAR(0, 10, bytes);
 *     };
 *
 * LOG2: 0 and 1 in the first bucket, from 2^i to below 2^(i+1) in bucket i. LINEAR: bucket i counts from min + i * step on.
 * Compile with -g by clang 14 or newer; other compilers leave the mark out.
 */
#ifndef BPF_HISTOGRAM_H
#define BPF_HISTOGRAM_H

#if defined(__has_attribute)
#if __has_attribute(btf_decl_tag)
#define BPF_HISTOGRAM_MARK(text) __attribute__((btf_decl_tag(text)))
#endif
#endif
#ifndef BPF_HISTOGRAM_MARK
#define BPF_HISTOGRAM_MARK(text)
#endif

#define BPF_HISTOGRAM_LOG2(unit) BPF_HISTOGRAM_MARK("fmt:log2:" #unit)
#define BPF_HISTOGRAM_LINEAR(min, step, unit) BPF_HISTOGRAM_MARK("fmt:linear(" #min "," #step "):" #unit)

#endif
