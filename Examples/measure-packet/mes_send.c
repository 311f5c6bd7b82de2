/* SPDX-License-Identifier: (GPL-2.0-only OR Apache-2.0) */
/* mes_send ADDRESS COUNT: sends so many packets that are measured, a millisecond apart. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "mes_chk.h"

int main(int argc, char **argv)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(MES_PORT) };
	int fd = socket(AF_INET, SOCK_DGRAM, 0), count;

	if (argc != 3 || inet_pton(AF_INET, argv[1], &to.sin_addr) != 1) {
		fputs("usage: mes_send ADDRESS COUNT\n", stderr);
		return 64;
	}
	for (count = atoi(argv[2]); count > 0; count--) {
		/* Not connected, so that "port unreachable" of the one before is no error of this one. */
		if (sendto(fd, "measure", 7, 0, (struct sockaddr *)&to, sizeof to) != 7) {
			perror("sendto");
			return 1;
		}
		usleep(1000);
	}
	return 0;
}
