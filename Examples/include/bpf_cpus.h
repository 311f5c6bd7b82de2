/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Says in the source of a BPF program what the values that all CPUs have for a member become where one is shown for all
 * (print-event, bpf-eventd --metrics):
 *
 *     #include "bpf_cpus.h"
 *     struct stats {
 *             __u64 total;                      added up, as without a mark
 *             __u64 longest BPF_CPUS(max);      the largest of all CPUs
 *             __u64 shortest BPF_CPUS(min);     the least of the CPUs that have a value
 *             __u64 max_retries BPF_CPUS(sum);  added up, whatever the name says
 *     };
 *
 * Without a mark names tell it: max_ns, lat_max, min, size_minimum.
 * Compile with -g by clang 14 or newer; other compilers leave the mark out.
 */
#ifndef BPF_CPUS_H
#define BPF_CPUS_H

#if defined(__has_attribute)
#if __has_attribute(btf_decl_tag)
#define BPF_CPUS(what) __attribute__((btf_decl_tag("cpus:" #what)))
#endif
#endif
#ifndef BPF_CPUS
#define BPF_CPUS(what)
#endif

#endif
