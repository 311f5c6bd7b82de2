/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "CSignals.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

/*
 * Two signals within this time are one wish: timeout(1) sends its signal to the process and to the group, a terminal
 * that closes does as much.
 */
enum { one_wish_ms = 200 };
/* After the second one the process has this time to let go of what it made. */
enum { grace_us = 500 * 1000 };

static const int taken[] = { SIGHUP, SIGINT, SIGPIPE, SIGTERM };
enum { taken_count = sizeof(taken) / sizeof(taken[0]) };
/* Those that mean something to some tools only, and not the end. */
static const int users[] = { SIGUSR1, SIGUSR2 };
enum { users_count = sizeof(users) / sizeof(users[0]) };

static int event = -1;
static atomic_bool deferred;
static atomic_uint kept;
static atomic_bool ever;
/* When the first signal that asks for the end came; 0 if none has. */
static atomic_llong first_ms;
/* The second one. */
static atomic_int second;

static long long now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

_Noreturn void csignals_die(int number)
{
	struct sigaction action = { .sa_handler = SIG_DFL };
	sigset_t set;
	sigaction(number, &action, NULL);
	sigemptyset(&set);
	sigaddset(&set, number);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	raise(number);
	/* Process 1 of a container is not killed by a default action. */
	_exit(128 + number);
}

static bool is_users(int number)
{
	return number == SIGUSR1 || number == SIGUSR2;
}

static void keep(int number)
{
	const uint64_t one = 1;
	if (!is_users(number))
		atomic_store(&ever, true);
	atomic_fetch_or(&kept, 1u << number);
	(void)!write(event, &one, sizeof(one));
}

static void handle(int number, siginfo_t *info, void *context)
{
	const int saved = errno;
	(void)context;
	if (number == SIGALRM)
		csignals_die(atomic_load(&second));
	/* The kernel sends SIGPIPE in the name of the writer. */
	if (number == SIGPIPE && info->si_pid == getpid())
		return;
	if (is_users(number)) {
		keep(number);
		errno = saved;
		return;
	}
	if (!atomic_load(&deferred))
		csignals_die(number);
	keep(number);
	/* SIGHUP may mean something else than the end, and comes more than once when a terminal closes. */
	if (number != SIGHUP) {
		long long none = 0;
		const long long now = now_ms();
		if (!atomic_compare_exchange_strong(&first_ms, &none, now) && now - none >= one_wish_ms) {
			int nothing = 0;
			if (!atomic_compare_exchange_strong(&second, &nothing, number))
				csignals_die(number);
			const struct itimerval grace = { .it_value = { .tv_usec = grace_us } };
			setitimer(ITIMER_REAL, &grace, NULL);
		}
	}
	errno = saved;
}

static void install(int number)
{
	/* Calls go on after it; those that wait with a time limit return EINTR all the same. */
	struct sigaction action = { .sa_sigaction = handle, .sa_flags = SA_SIGINFO | SA_RESTART };
	sigfillset(&action.sa_mask);
	sigaction(number, &action, NULL);
}

int csignals_begin(void)
{
	sigset_t set;
	struct sigaction standard = { .sa_handler = SIG_DFL };
	struct sigaction ignored = { .sa_handler = SIG_IGN };
	if (event < 0)
		event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (event < 0)
		return -1;
	sigaction(SIGXFSZ, &ignored, NULL);
	sigemptyset(&set);
	for (int i = 0; i < taken_count; i++) {
		/* A default action also ends system calls that nothing else ends; process 1 has none. */
		if (taken[i] == SIGPIPE || getpid() == 1)
			install(taken[i]);
		else
			sigaction(taken[i], &standard, NULL);
		sigaddset(&set, taken[i]);
	}
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	return event;
}

void csignals_defer(void)
{
	sigset_t set;
	if (atomic_exchange(&deferred, true))
		return;
	for (int i = 0; i < taken_count; i++)
		install(taken[i]);
	install(SIGALRM);
	sigemptyset(&set);
	sigaddset(&set, SIGALRM);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

void csignals_keep(int number)
{
	sigset_t set;
	if (!is_users(number))
		return;
	install(number);
	sigemptyset(&set);
	sigaddset(&set, number);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

/* Takes a signal if it was kept; the descriptor stays readable as long as there is another one. */
static bool take(int number)
{
	const unsigned bit = 1u << number;
	if (!(atomic_fetch_and(&kept, ~bit) & bit))
		return false;
	if (atomic_load(&kept) != 0) {
		const uint64_t one = 1;
		(void)!write(event, &one, sizeof(one));
	}
	return true;
}

int csignals_take(void)
{
	uint64_t count;
	if (atomic_load(&kept) == 0)
		return 0;
	(void)!read(event, &count, sizeof(count));
	for (int i = 0; i < taken_count; i++) {
		if (take(taken[i]))
			return taken[i];
	}
	for (int i = 0; i < users_count; i++) {
		if (take(users[i]))
			return users[i];
	}
	return 0;
}

bool csignals_asked(void)
{
	return (atomic_load(&kept) & ~(1u << SIGUSR1 | 1u << SIGUSR2)) != 0;
}

bool csignals_ever(void)
{
	return atomic_load(&ever);
}
