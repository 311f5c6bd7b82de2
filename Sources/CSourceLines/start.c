/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "internal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* SIGCHLD ignored by whoever started this process would lose the end of the child, and its number be another's. */
static void expect_children(void)
{
	struct sigaction action;
	const struct sigaction standard = { .sa_handler = SIG_DFL };
	if (sigaction(SIGCHLD, NULL, &action) == 0 && !(action.sa_flags & SA_SIGINFO) && action.sa_handler == SIG_IGN)
		sigaction(SIGCHLD, &standard, NULL);
}

static int spawn(int end, pid_t *child)
{
	char *const arguments[] = { CHILD_NAME, NULL };
	char *const environment[] = { NULL };
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
	sigset_t all, none;
	int error = posix_spawn_file_actions_init(&files);
	if (error)
		return error;
	if ((error = posix_spawnattr_init(&attributes))) {
		posix_spawn_file_actions_destroy(&files);
		return error;
	}
	sigfillset(&all);
	sigemptyset(&none);
	/* A group of its own: Ctrl-C ends what this process does, and not what it still needs for that. */
	if (!(error = posix_spawnattr_setflags(&attributes,
		POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP)) &&
	    !(error = posix_spawnattr_setsigdefault(&attributes, &all)) &&
	    !(error = posix_spawnattr_setsigmask(&attributes, &none)) &&
	    !(error = posix_spawnattr_setpgroup(&attributes, 0)) &&
	    !(error = posix_spawn_file_actions_adddup2(&files, end, CHILD_SOCKET)) &&
	    !(error = posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0)) &&
	    !(error = posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0)) &&
	    !(error = posix_spawn_file_actions_addopen(&files, 2, "/dev/null", O_WRONLY, 0)))
		error = posix_spawn(child, "/proc/self/exe", &files, &attributes, arguments, environment);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&files);
	return error;
}

int csourcelines_start(pid_t *child)
{
	int ends[2], high, error;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
		return -1;
	/* Beyond the number that it gets: dup2 to itself would leave it to be closed. */
	high = fcntl(ends[1], F_DUPFD_CLOEXEC, CHILD_SOCKET + 1);
	error = high < 0 ? errno : 0;
	close(ends[1]);
	if (!error) {
		expect_children();
		error = spawn(high, child);
		close(high);
	}
	if (error) {
		close(ends[0]);
		errno = error;
		return -1;
	}
	return ends[0];
}

static int64_t now(void)
{
	struct timespec time;
	clock_gettime(CLOCK_MONOTONIC, &time);
	return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

ssize_t csourcelines_receive(int socket, void *bytes, size_t size, int milliseconds)
{
	const int64_t end = now() + milliseconds;
	for (;;) {
		struct pollfd wanted = { .fd = socket, .events = POLLIN };
		int64_t left = end - now();
		int found = poll(&wanted, 1, left > 0 ? (int)left : 0);
		if (found < 0 && errno == EINTR)
			continue;
		if (found == 0)
			errno = ETIMEDOUT;
		if (found <= 0)
			return -1;
		/* Descriptors that it could send are not taken. */
		ssize_t count = recv(socket, bytes, size, MSG_DONTWAIT);
		if (count < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		return count;
	}
}

int csourcelines_ask(int socket, const struct csourcelines_question *question, int file)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr header;
	} control = { .bytes = { 0 } };
	struct iovec part = { .iov_base = (void *)question, .iov_len = sizeof(*question) };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
	if (file >= 0) {
		message.msg_control = control.bytes;
		message.msg_controllen = sizeof(control.bytes);
		struct cmsghdr *header = CMSG_FIRSTHDR(&message);
		header->cmsg_level = SOL_SOCKET;
		header->cmsg_type = SCM_RIGHTS;
		header->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(header), &file, sizeof(int));
	}
	ssize_t sent;
	do
		/* It has answered all that it was asked, so that there is room; else it is not to be waited for. */
		sent = sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
	while (sent < 0 && errno == EINTR);
	return sent == sizeof(*question) ? 0 : -1;
}

void csourcelines_stop(pid_t child, int socket)
{
	/* It reads the end of the socket, and has a limit of time for whatever else it is at. */
	close(socket);
	/* Who has given up privilege since cannot end it, and does not wait for it. */
	int is_ended = kill(child, SIGKILL) == 0;
	pid_t ended;
	do
		ended = waitpid(child, NULL, is_ended ? 0 : WNOHANG);
	while (ended < 0 && errno == EINTR);
}
