/* SPDX-License-Identifier: (GPL-2.0-only OR Apache-2.0) */
/* What the programs, the sender and the reader of the measurement agree on. */
#ifndef MES_CHK_H
#define MES_CHK_H

/* The packets that are measured: UDP to this port. */
#define MES_PROTO 17
#define MES_PORT 9753
/* The same in the order of the network, as packets have it. */
#define MES_DEST_PORT ((MES_PORT & 0xff) << 8 | MES_PORT >> 8)

/* So many of them, from the first on. */
#define MES_DATA_SIZE 10000

/* Indices of mes_map_cnt. */
#define MES_CNT_IDX_START 0
#define MES_CNT_IDX_END 1
#define MES_CNT_IDX_BRIDGE 2
#define MES_CNT_SIZE 3

#define MES_MAP_CNT "/sys/fs/bpf/tc/globals/mes_map_cnt"
#define MES_MAP_START "/sys/fs/bpf/tc/globals/mes_map_start"
#define MES_MAP_END "/sys/fs/bpf/tc/globals/mes_map_end"

#endif
