/* SPDX-License-Identifier: Apache-2.0 */
#include <zlib.h>

/* A macro over sizeof, which Swift does not import; 16 + 15 asks for a gzip stream of the largest window. */
static inline int czlib_inflate_gzip(z_stream *stream) { return inflateInit2(stream, 16 + 15); }
