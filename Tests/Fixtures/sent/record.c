/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Preloaded (LD_PRELOAD) into a loader of BPF objects, writes what the loader asks bpf(2) for and gets, as text, to the
 * file that SENT names. What only serves to find out what the kernel can do is left out: a program without a name, a
 * map that libbpf names after itself, types that neither a map nor a program refers to.
 */
#include <dlfcn.h>
#include <linux/bpf.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

#define FIELD(attr, size, field) \
	(offsetof(union bpf_attr, field) + sizeof((attr)->field) <= (size) ? (attr)->field : 0)

typedef long syscall_function(long, ...);

static FILE *out;
static syscall_function *real;

/* The types by their descriptor, until something refers to them. */
static struct { unsigned char *bytes; uint32_t size; } types[1024];

static void start(void)
{
	if (out)
		return;
	real = (syscall_function *)dlsym(RTLD_NEXT, "syscall");
	out = getenv("SENT") ? fopen(getenv("SENT"), "we") : NULL;
	if (!out || !real) {
		fprintf(stderr, "record: SENT must name a file that can be written\n");
		exit(2);
	}
}

static const void *pointer(uint64_t address) { return (const void *)(uintptr_t)address; }

/* FNV-1a, 64 bits. */
static uint64_t hash(const unsigned char *bytes, size_t size)
{
	uint64_t hash = 0xcbf29ce484222325;

	for (size_t i = 0; i < size; i++)
		hash = (hash ^ bytes[i]) * 0x100000001b3;
	return hash;
}

static int is_zero(const unsigned char *bytes, size_t size)
{
	while (size > 0 && bytes[size - 1] == 0)
		size--;
	return size == 0;
}

static void hex(const unsigned char *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		fprintf(out, "%02x", bytes[i]);
}

static int describe(int fd, void *info, size_t size)
{
	union bpf_attr attr = { .info = { .bpf_fd = fd, .info_len = size, .info = (uintptr_t)info } };

	memset(info, 0, size);
	return real(SYS_bpf, BPF_OBJ_GET_INFO_BY_FD, &attr, sizeof(attr));
}

static const char *map_name(int fd)
{
	static struct bpf_map_info info;

	return describe(fd, &info, sizeof(info)) == 0 ? info.name : "?";
}

static void write_types(int fd)
{
	if (fd < 0 || fd >= 1024 || !types[fd].bytes)
		return;
	fprintf(out, "types size=%u hash=%016llx\n", types[fd].size,
		(unsigned long long)hash(types[fd].bytes, types[fd].size));
	if (getenv("SENT_TYPES")) {
		FILE *file = fopen(getenv("SENT_TYPES"), "we");

		if (file && fwrite(types[fd].bytes, 1, types[fd].size, file) == types[fd].size && fclose(file) == 0)
			file = NULL;
		if (file)
			exit(2);
	}
	free(types[fd].bytes);
	types[fd].bytes = NULL;
}

static void write_map(const union bpf_attr *attr, unsigned size)
{
	int has_types = FIELD(attr, size, btf_key_type_id) || FIELD(attr, size, btf_value_type_id);

	if (strncmp(attr->map_name, "libbpf", 6) == 0 || attr->map_name[0] == 0)
		return;
	if (has_types)
		write_types(attr->btf_fd);
	fprintf(out, "map %s type=%u key=%u value=%u entries=%u flags=0x%x", attr->map_name, attr->map_type,
		attr->key_size, attr->value_size, attr->max_entries, attr->map_flags);
	if (FIELD(attr, size, numa_node))
		fprintf(out, " numa=%u", attr->numa_node);
	if (FIELD(attr, size, map_extra))
		fprintf(out, " extra=%llu", (unsigned long long)attr->map_extra);
	if (has_types)
		fprintf(out, " types=%u,%u", attr->btf_key_type_id, attr->btf_value_type_id);
	if (attr->map_type == BPF_MAP_TYPE_ARRAY_OF_MAPS || attr->map_type == BPF_MAP_TYPE_HASH_OF_MAPS)
		fprintf(out, " inner=%s", map_name(attr->inner_map_fd));
	fprintf(out, "\n");
}

static void write_element(const union bpf_attr *attr)
{
	struct bpf_map_info map;
	struct bpf_prog_info program;
	uint32_t key = 0, fd = 0;

	if (describe(attr->map_fd, &map, sizeof(map)) != 0 || strncmp(map.name, "libbpf", 6) == 0)
		return;
	memcpy(&key, pointer(attr->key), map.key_size < sizeof(key) ? map.key_size : sizeof(key));
	switch (map.type) {
	case BPF_MAP_TYPE_ARRAY_OF_MAPS:
	case BPF_MAP_TYPE_HASH_OF_MAPS:
		memcpy(&fd, pointer(attr->value), sizeof(fd));
		fprintf(out, "slot %s %u map %s\n", map.name, key, map_name(fd));
		break;
	case BPF_MAP_TYPE_PROG_ARRAY:
		memcpy(&fd, pointer(attr->value), sizeof(fd));
		describe(fd, &program, sizeof(program));
		fprintf(out, "slot %s %u program %s\n", map.name, key, program.name);
		break;
	default: {
		const unsigned char *value = pointer(attr->value);

		fprintf(out, "data %s size=%u ", map.name, map.value_size);
		if (is_zero(value, map.value_size))
			fprintf(out, "zero");
		else if (map.value_size <= 64)
			hex(value, map.value_size);
		else
			fprintf(out, "hash=%016llx", (unsigned long long)hash(value, map.value_size));
		fprintf(out, "\n");
	}
	}
}

static void write_records(const char *word, const unsigned char *records, unsigned size, unsigned count)
{
	for (unsigned i = 0; i < count; i++, records += size) {
		fprintf(out, "  %s ", word);
		hex(records, size);
		fprintf(out, "\n");
	}
}

static void write_instructions(const unsigned char *bytes, unsigned count)
{
	int wide = 0;

	for (unsigned i = 0; i < count; i++) {
		struct bpf_insn insn;

		memcpy(&insn, bytes + i * sizeof(insn), sizeof(insn));
		fprintf(out, "  %u ", i);
		if (!wide && insn.code == (BPF_LD | BPF_IMM | BPF_DW)
		    && (insn.src_reg == BPF_PSEUDO_MAP_FD || insn.src_reg == BPF_PSEUDO_MAP_VALUE)) {
			hex(bytes + i * sizeof(insn), 4);
			fprintf(out, " map %s\n", map_name(insn.imm));
		} else if (!wide && insn.code == (BPF_JMP | BPF_CALL) && insn.src_reg == BPF_PSEUDO_KFUNC_CALL) {
			hex(bytes + i * sizeof(insn), 8);
			fprintf(out, " kfunc\n");
		} else {
			hex(bytes + i * sizeof(insn), 8);
			fprintf(out, "\n");
		}
		wide = !wide && insn.code == (BPF_LD | BPF_IMM | BPF_DW);
	}
}

static void write_program(const union bpf_attr *attr, unsigned size)
{
	if (attr->prog_name[0] == 0 || strcmp(attr->prog_name, "test") == 0 || strncmp(attr->prog_name, "libbpf", 6) == 0)
		return;
	write_types(FIELD(attr, size, prog_btf_fd));
	fprintf(out, "program %s type=%u attach=%u flags=0x%x license=\"%s\" version=0x%x", attr->prog_name,
		attr->prog_type, FIELD(attr, size, expected_attach_type), attr->prog_flags,
		(const char *)pointer(attr->license), attr->kern_version);
	if (FIELD(attr, size, attach_btf_id))
		fprintf(out, " point=%u%s", attr->attach_btf_id, FIELD(attr, size, attach_btf_obj_fd) ? " of module" : "");
	if (FIELD(attr, size, core_relo_cnt))
		fprintf(out, " relocations=%u", attr->core_relo_cnt);
	fprintf(out, " func_info=%u*%u line_info=%u*%u\n", FIELD(attr, size, func_info_cnt),
		FIELD(attr, size, func_info_rec_size), FIELD(attr, size, line_info_cnt),
		FIELD(attr, size, line_info_rec_size));
	write_instructions(pointer(attr->insns), attr->insn_cnt);
	write_records("func", pointer(attr->func_info), attr->func_info_rec_size, attr->func_info_cnt);
	write_records("line", pointer(attr->line_info), attr->line_info_rec_size, attr->line_info_cnt);
}

static void keep_types(int fd, const union bpf_attr *attr)
{
	if (fd >= 1024)
		return;
	free(types[fd].bytes);
	types[fd].size = attr->btf_size;
	types[fd].bytes = malloc(attr->btf_size);
	if (!types[fd].bytes)
		exit(2);
	memcpy(types[fd].bytes, pointer(attr->btf), attr->btf_size);
}

long syscall(long number, ...)
{
	va_list list;
	long a[6], result;

	start();
	va_start(list, number);
	for (int i = 0; i < 6; i++)
		a[i] = va_arg(list, long);
	va_end(list);
	result = real(number, a[0], a[1], a[2], a[3], a[4], a[5]);
	if (number != SYS_bpf || result < 0)
		return result;

	const union bpf_attr *attr = (const union bpf_attr *)a[1];

	switch ((int)a[0]) {
	case BPF_BTF_LOAD: keep_types(result, attr); break;
	case BPF_MAP_CREATE: write_map(attr, a[2]); break;
	case BPF_MAP_UPDATE_ELEM: write_element(attr); break;
	case BPF_MAP_FREEZE: fprintf(out, "frozen %s\n", map_name(attr->map_fd)); break;
	case BPF_PROG_LOAD: write_program(attr, a[2]); break;
	default: break;
	}
	fflush(out);
	return result;
}
