// SPDX-License-Identifier: Apache-2.0
//
// What a tool in C does for any type: libbpf's btf_dump walks the BTF of the type for each event. Input and output are
// buffered, so that the walk is what is measured.

#include <bpf/btf.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

static void print(void *context, const char *format, va_list arguments)
{
	(void)context;
	vprintf(format, arguments);
}

int main(int count, char **arguments)
{
	static char buffer[1 << 17];
	static unsigned char event[1 << 16];
	uint32_t size;

	if (count != 3)
		return 64;
	struct btf *btf = btf__parse_elf(arguments[1], NULL);
	if (!btf)
		return 66;
	int id = btf__find_by_name_kind(btf, arguments[2], BTF_KIND_STRUCT);
	struct btf_dump *dump = btf_dump__new(btf, print, NULL, NULL);
	if (id < 0 || !dump)
		return 65;
	LIBBPF_OPTS(btf_dump_type_data_opts, options, .compact = true, .skip_names = false, .emit_zeroes = true);
	setvbuf(stdout, buffer, _IOFBF, sizeof buffer);
	while (fread(&size, sizeof size, 1, stdin) == 1) {
		if (size > sizeof event || fread(event, size, 1, stdin) != 1)
			return 1;
		if (btf_dump__dump_type_data(dump, id, event, size, &options) < 0)
			return 1;
		putchar('\n');
	}
	return fflush(stdout) != 0;
}
