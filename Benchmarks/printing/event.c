// SPDX-License-Identifier: Apache-2.0

struct event {
	short idx, cmd;
	unsigned int cpu;
	unsigned long long time;
};

struct event *unused_event;
