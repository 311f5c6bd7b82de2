/* SPDX-License-Identifier: Apache-2.0 */
/* fill PIN TYPE COUNT: makes a map with keys of 8 bytes (arrays: 4) and values of 16, fills and pins it. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *name;
	enum bpf_map_type type;
	uint32_t key, flags;
} kinds[] = {
	{ "hash", BPF_MAP_TYPE_HASH, 8, 0 },
	{ "percpu_hash", BPF_MAP_TYPE_PERCPU_HASH, 8, 0 },
	{ "lru_hash", BPF_MAP_TYPE_LRU_HASH, 8, 0 },
	{ "array", BPF_MAP_TYPE_ARRAY, 4, 0 },
	{ "lpm_trie", BPF_MAP_TYPE_LPM_TRIE, 8, BPF_F_NO_PREALLOC },
};

int main(int argc, char **argv)
{
	unsigned long count = argc == 4 ? strtoul(argv[3], NULL, 10) : 0;
	/* Room for the values of all CPUs. */
	static unsigned char value[16 * 8192];
	size_t kind = 0;

	while (argc == 4 && kind < sizeof(kinds) / sizeof(*kinds) && strcmp(argv[2], kinds[kind].name))
		kind++;
	if (!count || kind == sizeof(kinds) / sizeof(*kinds) || libbpf_num_possible_cpus() > 8192) {
		fprintf(stderr, "fill PIN hash|percpu_hash|lru_hash|array|lpm_trie COUNT\n");
		return 64;
	}
	LIBBPF_OPTS(bpf_map_create_opts, options, .map_flags = kinds[kind].flags);
	/* Twice the entries, so that an LRU map keeps all. */
	unsigned long entries = kinds[kind].type == BPF_MAP_TYPE_LRU_HASH ? 2 * count : count;
	int map = bpf_map_create(kinds[kind].type, "filled", kinds[kind].key, 16, entries, &options);

	if (map < 0) {
		fprintf(stderr, "fill: cannot create the map: %s\n", strerror(errno));
		return 1;
	}
	for (uint32_t number = 0; number < count; number++) {
		uint32_t key[2] = { number, number >> 8 };

		if (kinds[kind].type == BPF_MAP_TYPE_LPM_TRIE) {
			key[0] = 32;
			key[1] = __builtin_bswap32(number);
		}
		memcpy(value, &number, sizeof(number));
		if (bpf_map_update_elem(map, key, value, BPF_ANY)) {
			fprintf(stderr, "fill: cannot set element %u: %s\n", number, strerror(errno));
			return 1;
		}
	}
	if (bpf_obj_pin(map, argv[1])) {
		fprintf(stderr, "fill: cannot pin %s: %s\n", argv[1], strerror(errno));
		return 1;
	}
	return 0;
}
