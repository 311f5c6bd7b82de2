/* SPDX-License-Identifier: Apache-2.0 */
/* Loads all programs of an object by libbpf, and lets them go again: load OBJECT [TYPES].
 * CO-RE relocations are resolved against those types, else the kernel's. Without an object, prints libbpf's version. */
#include <bpf/libbpf.h>
#include <stdarg.h>
#include <stdio.h>

static int complain(enum libbpf_print_level level, const char *format, va_list list)
{
	return level == LIBBPF_DEBUG ? 0 : vfprintf(stderr, format, list);
}

int main(int count, char **arguments)
{
	LIBBPF_OPTS(bpf_object_open_opts, options);
	struct bpf_object *object;

	if (count < 2)
		return printf("%s\n", libbpf_version_string()) < 0;
	options.btf_custom_path = count > 2 ? arguments[2] : NULL;
	libbpf_set_print(complain);
	object = bpf_object__open_file(arguments[1], &options);
	return !object || bpf_object__load(object) != 0;
}
