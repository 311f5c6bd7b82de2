/* SPDX-License-Identifier: Apache-2.0 */
/* Types that need nothing but those of the kernel. */
#include "kernel_types.h"

/* SNIPPET */
struct event *use;
