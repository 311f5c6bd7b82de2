/* SPDX-License-Identifier: (GPL-2.0-only OR Apache-2.0) */
/*
 * Fewer wakeups of the reader of a ring buffer.
 *
 * With flags 0 the kernel wakes the reader whenever it had read everything: at most rates that is for nearly each event,
 * and the traced task pays for it. With these the reader is woken each time another `mark` bytes wait for it, and comes
 * by itself for what is less: bpf-eventd does, every few milliseconds while events flow and every 40 ms otherwise. A
 * reader that sleeps until it is woken needs a timeout of its own.
 */
#ifndef RINGBUF_PACING_H
#define RINGBUF_PACING_H

/* The flags for bpf_ringbuf_output() or bpf_ringbuf_submit() of `size` bytes; `mark` is a power of two, and an eighth of the ring buffer does well. */
static __always_inline __u64 ringbuf_paced(void *ring, __u64 size, __u64 mark)
{
	__u64 waiting = bpf_ringbuf_query(ring, BPF_RB_AVAIL_DATA);

	/* Not just once at the mark: of two CPUs that pass it together neither may see it, and then the next one counts. */
	return (waiting ^ (waiting + size)) & ~(mark - 1) ? BPF_RB_FORCE_WAKEUP : BPF_RB_NO_WAKEUP;
}

#endif
