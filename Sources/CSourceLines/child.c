/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "internal.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

/* Seconds of processor time for one question: nobody waits for it any more. */
#define MOST_SECONDS 10

static struct {
	int file;
	int is_read;
	struct dwarf_file *dwarf;
} slots[CSOURCELINES_SLOTS];

static unsigned char answer[CSOURCELINES_ANSWER];

/* Ends the process by SIGPROF, which nobody catches; 0 waits for the next question. */
static void limit_time(int seconds)
{
	const struct itimerval timer = { .it_value = { .tv_sec = seconds } };
	setitimer(ITIMER_PROF, &timer, NULL);
}

static int say(const void *bytes, size_t count)
{
	return send(CHILD_SOCKET, bytes, count, MSG_NOSIGNAL) == (ssize_t)count ? 0 : -1;
}

static void say_state(unsigned char state)
{
	if (say(&state, 1) != 0)
		_exit(1);
}

/* Takes a question. Returns 1, with the file that came with it or -1; 0 at the end. */
static int take(struct csourcelines_question *question, int *file)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr header;
	} control;
	struct iovec part = { .iov_base = question, .iov_len = sizeof(*question) };
	struct msghdr message = {
		.msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof(control.bytes),
	};
	ssize_t count;
	do
		count = recvmsg(CHILD_SOCKET, &message, MSG_CMSG_CLOEXEC);
	while (count < 0 && errno == EINTR);
	*file = -1;
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	if (header && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS)
		memcpy(file, CMSG_DATA(header), sizeof(int));
	return count == sizeof(*question) && question->slot < CSOURCELINES_SLOTS;
}

static void put(uint32_t slot, int file)
{
	if (slots[slot].dwarf)
		dwarf_close(slots[slot].dwarf);
	if (slots[slot].file > 0)
		close(slots[slot].file);
	slots[slot].file = file;
	slots[slot].dwarf = NULL;
	slots[slot].is_read = 0;
}

static void serve(void)
{
	struct csourcelines_question question;
	int file;
	while (take(&question, &file)) {
		limit_time(MOST_SECONDS);
		if (file >= 0)
			put(question.slot, file);
		if (!slots[question.slot].is_read && slots[question.slot].file > 0) {
			slots[question.slot].is_read = 1;
			slots[question.slot].dwarf = dwarf_open(slots[question.slot].file);
		}
		size_t count = sizeof(uint32_t);
		memset(answer, 0, count);
		if (slots[question.slot].dwarf)
			count = dwarf_answer(slots[question.slot].dwarf, question.address, answer, sizeof(answer));
		limit_time(0);
		if (say(answer, count) != 0)
			return;
	}
}

/*
 * In any process but one that was started for this: nothing. It is before main, so that no other code of the executable
 * runs, and not the first of all, so that the C library and its loader work.
 */
__attribute__((constructor(102)))
static void begin(int count, char **arguments)
{
	struct stat facts;
	if (count != 1 || !arguments || !arguments[0] || strcmp(arguments[0], CHILD_NAME) != 0)
		return;
	/* Somebody's joke with argv[0]. */
	if (fstat(CHILD_SOCKET, &facts) != 0 || !S_ISSOCK(facts.st_mode))
		_exit(1);
#ifdef SYS_close_range
	syscall(SYS_close_range, CHILD_SOCKET + 1, ~0u, 0);
#endif
	if (confine_user() != 0)
		say_state(CSOURCELINES_UNCONFINED), _exit(1);
	if (dwarf_open_library() != 0)
		say_state(CSOURCELINES_NO_LIBRARY), _exit(1);
	if (confine_calls() != 0)
		say_state(CSOURCELINES_UNCONFINED), _exit(1);
	say_state(CSOURCELINES_READY);
	serve();
	_exit(0);
}
