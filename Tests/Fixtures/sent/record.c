/* SPDX-License-Identifier: (GPL-2.0-only OR Apache-2.0) */
/* Preloaded into bpftool: writes down what libbpf hands to bpf(2), in the format of README.md, into the file $RECORD_TO.
 * With $RECORD_BTF libbpf reads that file as the kernel's types, so that what it makes of them is the same everywhere. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

#define FILES 1024

/* What each descriptor is: the name of a map or of a program. */
static struct {
	char name[BPF_OBJ_NAME_LEN];
	unsigned int type, key_size, value_size;
} files[FILES];

static FILE *open_file(const char *path, const char *mode)
{
	FILE *(*next)(const char *, const char *) = dlsym(RTLD_NEXT, "fopen");
	const char *types = getenv("RECORD_BTF");

	return next(types && !strcmp(path, "/sys/kernel/btf/vmlinux") ? types : path, mode);
}
FILE *fopen(const char *path, const char *mode) { return open_file(path, mode); }
FILE *fopen64(const char *path, const char *mode) { return open_file(path, mode); }

static FILE *record(void)
{
	static FILE *file;

	if (!file) {
		file = open_file(getenv("RECORD_TO"), "w");
		if (!file)
			abort();
	}
	return file;
}

static const char *name_of(unsigned int fd) { return fd < FILES && *files[fd].name ? files[fd].name : "?"; }

static void hex(uint64_t address, size_t size)
{
	const unsigned char *bytes = (void *)(uintptr_t)address;

	while (size--)
		fprintf(record(), "%02x", *bytes++);
}

static void records(const char *what, uint64_t address, unsigned int count, unsigned int size)
{
	if (!count)
		return;
	fprintf(record(), "%s size=%u\n", what, size);
	for (; count; count--, address += size) {
		hex(address, size);
		fputc('\n', record());
	}
}

static void end(const char *error) { fprintf(record(), " result=%s\n", error ? error : "ok"); }

static void note_map(const union bpf_attr *a, long fd, const char *error)
{
	fprintf(record(), "map %.16s type=%u key_size=%u value_size=%u max_entries=%u map_flags=%#x numa_node=%u map_extra=%llu",
		a->map_name, a->map_type, a->key_size, a->value_size, a->max_entries, a->map_flags, a->numa_node,
		(unsigned long long)a->map_extra);
	fprintf(record(), " btf=%d btf_key_type_id=%u btf_value_type_id=%u inner=%s", a->btf_fd != 0, a->btf_key_type_id,
		a->btf_value_type_id, a->inner_map_fd ? name_of(a->inner_map_fd) : "-");
	end(error);
	if (fd < 0 || fd >= FILES)
		return;
	memcpy(files[fd].name, a->map_name, BPF_OBJ_NAME_LEN);
	files[fd].type = a->map_type;
	files[fd].key_size = a->key_size;
	files[fd].value_size = a->value_size;
}

static void note_update(const union bpf_attr *a, const char *error)
{
	unsigned int fd = a->map_fd, type;

	if (fd >= FILES)
		return;
	type = files[fd].type;
	fprintf(record(), "element %s key=", name_of(fd));
	hex(a->key, files[fd].key_size);
	fputs(" value=", record());
	if (type == BPF_MAP_TYPE_PROG_ARRAY || type == BPF_MAP_TYPE_ARRAY_OF_MAPS || type == BPF_MAP_TYPE_HASH_OF_MAPS)
		fputs(name_of(*(const unsigned int *)(uintptr_t)a->value), record());
	else
		hex(a->value, files[fd].value_size);
	end(error);
}

static void note_program(const union bpf_attr *a, long fd, const char *error)
{
	const struct bpf_insn *insn = (void *)(uintptr_t)a->insns;
	unsigned int i;

	fprintf(record(), "program %.16s type=%u expected_attach_type=%u prog_flags=%#x kern_version=%s license=%s",
		a->prog_name, a->prog_type, a->expected_attach_type, a->prog_flags, a->kern_version ? "kernel" : "0",
		(const char *)(uintptr_t)a->license);
	fprintf(record(), " btf=%d attach_btf_id=%s", a->prog_btf_fd != 0, a->attach_btf_id ? "kernel" : "0");
	end(error);
	fprintf(record(), "instructions\n");
	for (i = 0; i < a->insn_cnt; i++, insn++) {
		int is_map = insn->code == (BPF_LD | BPF_IMM | BPF_DW) && (insn->src_reg == 1 || insn->src_reg == 2);

		hex((uintptr_t)insn, is_map ? 4 : 8);
		fprintf(record(), is_map ? " %s\n" : "\n", name_of(insn->imm));
	}
	records("func_info", a->func_info, a->func_info_cnt, a->func_info_rec_size);
	records("line_info", a->line_info, a->line_info_cnt, a->line_info_rec_size);
	if (fd >= 0 && fd < FILES)
		memcpy(files[fd].name, a->prog_name, BPF_OBJ_NAME_LEN);
}

/* libbpf tries out what the kernel knows with calls of its own, and names none of what it makes, or libbpf_something. */
static int is_own(const char *name) { return !*name || !strncmp(name, "libbpf_", 7); }

static void note(int command, const union bpf_attr *a, long result)
{
	const char *error = result < 0 ? strerrorname_np(errno) : NULL;

	if (result >= 0 && result < FILES && (command == BPF_MAP_CREATE || command == BPF_PROG_LOAD))
		memset(&files[result], 0, sizeof(files[result]));
	if (command == BPF_MAP_CREATE && !is_own(a->map_name))
		note_map(a, result, error);
	else if (command == BPF_MAP_UPDATE_ELEM)
		note_update(a, error);
	else if (command == BPF_MAP_FREEZE)
		fprintf(record(), "freeze %s\n", name_of(a->map_fd));
	else if (command == BPF_PROG_LOAD && !is_own(a->prog_name))
		note_program(a, result, error);
	else if (command == BPF_BTF_LOAD && a->btf_size > 200) {
		fprintf(record(), "btf ");
		hex(a->btf, a->btf_size);
		end(error);
	}
}

long syscall(long number, ...)
{
	long (*next)(long, ...) = dlsym(RTLD_NEXT, "syscall"), arguments[6], result;
	va_list list;
	int i, kept;

	va_start(list, number);
	for (i = 0; i < 6; i++)
		arguments[i] = va_arg(list, long);
	va_end(list);
	result = next(number, arguments[0], arguments[1], arguments[2], arguments[3], arguments[4], arguments[5]);
	if (number == SYS_bpf) {
		kept = errno;
		note(arguments[0], (void *)arguments[1], result);
		errno = kept;
	}
	return result;
}
