/* SPDX-License-Identifier: Apache-2.0 */
/* A program to be traced: a function, and a static tracepoint at 20 places as <sys/sdt.h> writes it. */

#define PLACE                                                                                                        \
	__asm__ volatile("990: nop\n"                                                                                \
			 ".pushsection .note.stapsdt,\"?\",\"note\"\n"                                               \
			 ".balign 4\n.4byte 992f-991f, 994f-993f, 3\n"                                              \
			 "991: .asciz \"stapsdt\"\n992: .balign 4\n"                                                \
			 "993: .8byte 990b\n.8byte _.stapsdt.base\n.8byte 0\n"                                     \
			 ".asciz \"bench\"\n.asciz \"place\"\n.asciz \"-4@%0\"\n"                                \
			 "994: .balign 4\n.popsection\n"                                                            \
			 ".ifndef _.stapsdt.base\n"                                                                 \
			 ".pushsection .stapsdt.base,\"aG\",\"progbits\",.stapsdt.base,comdat\n"                    \
			 ".weak _.stapsdt.base\n.hidden _.stapsdt.base\n_.stapsdt.base: .space 1\n"                \
			 ".size _.stapsdt.base, 1\n.popsection\n.endif\n"                                          \
			 :                                                                                         \
			 : "r"(number))
#define FIVE_PLACES PLACE; PLACE; PLACE; PLACE; PLACE

__attribute__((noinline)) int traced_function(int number)
{
	FIVE_PLACES;
	FIVE_PLACES;
	FIVE_PLACES;
	FIVE_PLACES;
	return number + 1;
}

int main(int argc, char **argv) { return argv[0] == 0 ? traced_function(argc) : 0; }
