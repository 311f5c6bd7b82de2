/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Functions, inlined functions and lines by libdw. All sizes are bounded: the file may be anything, and a crash or an end
 * by a limit costs no more than its lines.
 */
#include "internal.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

/* What is needed of elfutils' interface (libdw.h, libelf.h), which machines have the library of without its headers. */
typedef uint64_t Dwarf_Addr, Dwarf_Off, Dwarf_Word;
typedef struct Elf Elf;
typedef struct Dwarf Dwarf;
typedef struct Dwarf_Line Dwarf_Line;
typedef struct Dwarf_Files Dwarf_Files;
typedef struct {
	void *address, *unit, *abbreviation;
	long padding;
} Dwarf_Die;
typedef struct {
	unsigned int code, form;
	unsigned char *value;
	void *unit;
} Dwarf_Attribute;

enum { ELF_VERSION = 1, READ_MAPPED = 8, DWARF_READ = 0 };
enum {
	TAG_CLASS = 0x02, TAG_ENUMERATION = 0x04, TAG_LEXICAL_BLOCK = 0x0b, TAG_COMPILE_UNIT = 0x11,
	TAG_STRUCTURE = 0x13, TAG_UNION = 0x17, TAG_INLINED = 0x1d, TAG_MODULE = 0x1e, TAG_CATCH = 0x25,
	TAG_SUBPROGRAM = 0x2e, TAG_TRY = 0x32, TAG_INTERFACE = 0x38, TAG_NAMESPACE = 0x39, TAG_SKELETON = 0x4a,
};
enum { CALL_FILE = 0x58, CALL_LINE = 0x59, LINKAGE_NAME = 0x6e, OLD_LINKAGE_NAME = 0x2007 };

static struct {
	unsigned int (*elf_version)(unsigned int);
	Elf *(*elf_begin)(int, int, Elf *);
	int (*elf_end)(Elf *);
	Dwarf *(*begin)(Elf *, int, void *);
	int (*end)(Dwarf *);
	int (*nextcu)(Dwarf *, Dwarf_Off, Dwarf_Off *, size_t *, Dwarf_Off *, uint8_t *, uint8_t *);
	Dwarf_Die *(*offdie)(Dwarf *, Dwarf_Off, Dwarf_Die *);
	Dwarf_Off (*dieoffset)(Dwarf_Die *);
	int (*tag)(Dwarf_Die *);
	int (*child)(Dwarf_Die *, Dwarf_Die *);
	int (*siblingof)(Dwarf_Die *, Dwarf_Die *);
	int (*haspc)(Dwarf_Die *, Dwarf_Addr);
	ptrdiff_t (*ranges)(Dwarf_Die *, ptrdiff_t, Dwarf_Addr *, Dwarf_Addr *, Dwarf_Addr *);
	Dwarf_Attribute *(*attribute)(Dwarf_Die *, unsigned int, Dwarf_Attribute *);
	const char *(*formstring)(Dwarf_Attribute *);
	int (*formudata)(Dwarf_Attribute *, Dwarf_Word *);
	const char *(*diename)(Dwarf_Die *);
	Dwarf_Line *(*getsrc)(Dwarf_Die *, Dwarf_Addr);
	int (*lineno)(Dwarf_Line *, int *);
	const char *(*linesrc)(Dwarf_Line *, Dwarf_Word *, Dwarf_Word *);
	int (*getsrcfiles)(Dwarf_Die *, Dwarf_Files **, size_t *);
	const char *(*filesrc)(Dwarf_Files *, size_t, Dwarf_Word *, Dwarf_Word *);
} dw;

static int find(void *library, const char *name, void *place)
{
	void *found = dlsym(library, name);
	memcpy(place, &found, sizeof(found));
	return found ? 0 : -1;
}

int dwarf_open_library(void)
{
	void *library = dlopen("libdw.so.1", RTLD_NOW | RTLD_LOCAL);
	if (!library)
		return -1;
	/* Those of libelf are found too, which it depends on. */
	if (find(library, "elf_version", &dw.elf_version) || find(library, "elf_begin", &dw.elf_begin) ||
	    find(library, "elf_end", &dw.elf_end) || find(library, "dwarf_begin_elf", &dw.begin) ||
	    find(library, "dwarf_end", &dw.end) || find(library, "dwarf_nextcu", &dw.nextcu) ||
	    find(library, "dwarf_offdie", &dw.offdie) || find(library, "dwarf_dieoffset", &dw.dieoffset) ||
	    find(library, "dwarf_tag", &dw.tag) || find(library, "dwarf_child", &dw.child) ||
	    find(library, "dwarf_siblingof", &dw.siblingof) || find(library, "dwarf_haspc", &dw.haspc) ||
	    find(library, "dwarf_ranges", &dw.ranges) || find(library, "dwarf_attr_integrate", &dw.attribute) ||
	    find(library, "dwarf_formstring", &dw.formstring) || find(library, "dwarf_formudata", &dw.formudata) ||
	    find(library, "dwarf_diename", &dw.diename) || find(library, "dwarf_getsrc_die", &dw.getsrc) ||
	    find(library, "dwarf_lineno", &dw.lineno) || find(library, "dwarf_linesrc", &dw.linesrc) ||
	    find(library, "dwarf_getsrcfiles", &dw.getsrcfiles) || find(library, "dwarf_filesrc", &dw.filesrc))
		return -1;
	return dw.elf_version(ELF_VERSION) ? 0 : -1;
}

/* Addresses of a unit or of a function, and which one it is. */
struct span {
	Dwarf_Addr start, end;
	/* The place of the unit's or the function's entry. */
	Dwarf_Off entry;
	size_t unit;
};

struct spans {
	struct span *all;
	size_t count, room;
};

struct unit {
	/* Whether its functions were looked for. */
	int is_read;
	struct spans functions;
};

struct dwarf_file {
	Elf *elf;
	Dwarf *dwarf;
	struct spans spans;
	struct unit *units;
	size_t count;
	/* Functions of all units together. */
	size_t functions;
};

/* The largest programs have some ten thousand units, and a million functions with their parts. */
#define MOST_UNITS (1u << 18)
#define MOST_SPANS (1u << 21)
#define MOST_FUNCTIONS (1u << 22)
/* Entries of one unit, or of one function, that are looked at. */
#define MOST_STEPS (1u << 24)
#define DEEPEST 64
/* Functions that were inlined into each other. */
#define MOST_INLINED 24
/* Spans in front of an address that are looked at for one that reaches to it. */
#define MOST_BEFORE 64
/* Bytes of a name, and of all those of an answer. */
#define LONGEST_NAME 2048
#define LONGEST_FILE 255

static int add(struct spans *spans, struct span span)
{
	if (span.start >= span.end)
		return 0;
	if (spans->count == spans->room) {
		size_t room = spans->room ? spans->room * 2 : 16;
		struct span *all = realloc(spans->all, room * sizeof(*all));
		if (!all)
			return -1;
		spans->all = all;
		spans->room = room;
	}
	spans->all[spans->count++] = span;
	return 0;
}

static int add_ranges(struct spans *spans, Dwarf_Die *entry, Dwarf_Off place, size_t unit, size_t most)
{
	Dwarf_Addr base = 0, start, end;
	ptrdiff_t next = 0;
	while (spans->count < most && (next = dw.ranges(entry, next, &base, &start, &end)) > 0) {
		/* Functions that the linker left out are at 0. */
		if (start && add(spans, (struct span){ start, end, place, unit }) != 0)
			return -1;
	}
	return spans->count < most ? 0 : -1;
}

static int compare(const void *one, const void *other)
{
	const struct span *a = one, *b = other;
	if (a->start != b->start)
		return a->start < b->start ? -1 : 1;
	/* The shorter one last: it is looked at first. */
	return a->end == b->end ? 0 : a->end > b->end ? -1 : 1;
}

static void sort(struct spans *spans)
{
	if (spans->count)
		qsort(spans->all, spans->count, sizeof(*spans->all), compare);
}

static const struct span *span_at(const struct spans *spans, Dwarf_Addr address)
{
	size_t low = 0, high = spans->count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (spans->all[middle].start <= address)
			low = middle + 1;
		else
			high = middle;
	}
	for (size_t looked = 0; low > 0 && looked < MOST_BEFORE; looked++) {
		const struct span *span = &spans->all[--low];
		if (address < span->end)
			return span;
	}
	return NULL;
}

static void read_units(struct dwarf_file *file)
{
	Dwarf_Off offset = 0, next;
	size_t header, room = 0;
	while (file->count < MOST_UNITS && dw.nextcu(file->dwarf, offset, &next, &header, NULL, NULL, NULL) == 0) {
		Dwarf_Off place = offset + header;
		Dwarf_Die entry;
		if (next <= offset)
			return;
		offset = next;
		if (!dw.offdie(file->dwarf, place, &entry))
			continue;
		int tag = dw.tag(&entry);
		if (tag != TAG_COMPILE_UNIT && tag != TAG_SKELETON)
			continue;
		if (file->count == room) {
			room = room ? room * 2 : 64;
			struct unit *units = realloc(file->units, room * sizeof(*units));
			if (!units)
				return;
			file->units = units;
		}
		file->units[file->count] = (struct unit){ 0 };
		if (add_ranges(&file->spans, &entry, place, file->count++, MOST_SPANS) != 0)
			return;
	}
}

struct dwarf_file *dwarf_open(int descriptor)
{
	struct dwarf_file *file = calloc(1, sizeof(*file));
	if (!file)
		return NULL;
	if (!(file->elf = dw.elf_begin(descriptor, READ_MAPPED, NULL)) ||
	    !(file->dwarf = dw.begin(file->elf, DWARF_READ, NULL))) {
		dwarf_close(file);
		return NULL;
	}
	read_units(file);
	sort(&file->spans);
	return file;
}

void dwarf_close(struct dwarf_file *file)
{
	for (size_t i = 0; i < file->count; i++)
		free(file->units[i].functions.all);
	free(file->units);
	free(file->spans.all);
	if (file->dwarf)
		dw.end(file->dwarf);
	if (file->elf)
		dw.elf_end(file->elf);
	free(file);
}

/* Whether functions are in an entry. */
static int is_container(int tag)
{
	switch (tag) {
	case TAG_CLASS: case TAG_ENUMERATION: case TAG_STRUCTURE: case TAG_UNION: case TAG_MODULE: case TAG_INTERFACE:
	case TAG_NAMESPACE:
		return 1;
	default:
		return 0;
	}
}

/* Looks for the functions of a unit: Rust and Swift have them within namespaces and types. */
static void read_functions(struct dwarf_file *file, struct unit *unit, Dwarf_Die *entry)
{
	Dwarf_Die path[DEEPEST];
	size_t depth = 0;
	unit->is_read = 1;
	if (file->functions >= MOST_FUNCTIONS || dw.child(entry, &path[0]) != 0)
		return;
	for (size_t steps = 0; steps < MOST_STEPS; steps++) {
		int tag = dw.tag(&path[depth]);
		if (tag == TAG_SUBPROGRAM &&
		    add_ranges(&unit->functions, &path[depth], dw.dieoffset(&path[depth]), 0,
			       MOST_FUNCTIONS - file->functions) != 0)
			break;
		if (is_container(tag) && depth + 1 < DEEPEST && dw.child(&path[depth], &path[depth + 1]) == 0) {
			depth++;
			continue;
		}
		while (dw.siblingof(&path[depth], &path[depth]) != 0) {
			if (depth == 0)
				goto end;
			depth--;
		}
	}
end:
	sort(&unit->functions);
	file->functions += unit->functions.count;
}

/* The functions that were inlined one into the other at an address, the outermost first. Returns how many. */
static size_t find_inlined(Dwarf_Die function, Dwarf_Addr address, Dwarf_Die *inlined)
{
	Dwarf_Die parent = function, entry;
	size_t count = 0, steps = 0;
	for (size_t depth = 0; depth < 1024 && count < MOST_INLINED; depth++) {
		if (dw.child(&parent, &entry) != 0)
			return count;
		for (;;) {
			int tag = dw.tag(&entry);
			if ((tag == TAG_INLINED || tag == TAG_LEXICAL_BLOCK || tag == TAG_TRY || tag == TAG_CATCH) &&
			    dw.haspc(&entry, address) == 1)
				break;
			if (++steps > MOST_STEPS || dw.siblingof(&entry, &entry) != 0)
				return count;
		}
		if (dw.tag(&entry) == TAG_INLINED)
			inlined[count++] = entry;
		parent = entry;
	}
	return count;
}

struct place {
	const char *file;
	uint32_t line;
};

static struct place place_of_address(Dwarf_Die *unit, Dwarf_Addr address)
{
	struct place place = { NULL, 0 };
	Dwarf_Line *line = dw.getsrc(unit, address);
	int number = 0;
	if (line && dw.lineno(line, &number) == 0 && number > 0) {
		place.line = (uint32_t)number;
		place.file = dw.linesrc(line, NULL, NULL);
	}
	return place;
}

/* Where an inlined function was called. */
static struct place place_of_call(Dwarf_Die *unit, Dwarf_Die *inlined)
{
	struct place place = { NULL, 0 };
	Dwarf_Attribute attribute;
	Dwarf_Word number, index;
	Dwarf_Files *files;
	size_t count;
	if (dw.formudata(dw.attribute(inlined, CALL_LINE, &attribute), &number) != 0 || number > INT32_MAX ||
	    dw.formudata(dw.attribute(inlined, CALL_FILE, &attribute), &index) != 0 ||
	    dw.getsrcfiles(unit, &files, &count) != 0 || index >= count)
		return place;
	place.line = (uint32_t)number;
	place.file = dw.filesrc(files, index, NULL, NULL);
	return place;
}

/* The name that the linker knows, which tells overloaded functions apart, or else that of the source. */
static const char *name_of(Dwarf_Die *entry)
{
	Dwarf_Attribute attribute;
	const char *name = NULL;
	if (dw.attribute(entry, LINKAGE_NAME, &attribute) || dw.attribute(entry, OLD_LINKAGE_NAME, &attribute))
		name = dw.formstring(&attribute);
	return name ? name : dw.diename(entry);
}

struct text {
	unsigned char *bytes;
	size_t count, size;
};

static int put(struct text *text, const void *bytes, size_t count)
{
	if (count > text->size - text->count)
		return -1;
	if (count)
		memcpy(text->bytes + text->count, bytes, count);
	text->count += count;
	return 0;
}

static int put_function(struct text *text, Dwarf_Die *entry, struct place place, int is_inlined)
{
	const char *name = entry ? name_of(entry) : NULL;
	const char *slash = place.file ? strrchr(place.file, '/') : NULL;
	const char *file = slash ? slash + 1 : place.file;
	uint32_t head[4] = { place.file ? place.line : 0, (uint32_t)is_inlined, 0, 0 };
	/* A name that is cut would be another function's. */
	if (name && (head[2] = (uint32_t)strnlen(name, LONGEST_NAME + 1)) > LONGEST_NAME)
		head[2] = 0;
	if (file && (head[3] = (uint32_t)strnlen(file, LONGEST_FILE + 1)) > LONGEST_FILE)
		head[3] = head[0] = 0;
	size_t before = text->count;
	if (put(text, head, sizeof(head)) == 0 && put(text, name, head[2]) == 0 && put(text, file, head[3]) == 0)
		return 0;
	text->count = before;
	return -1;
}

size_t dwarf_answer(struct dwarf_file *file, uint64_t address, unsigned char *answer, size_t size)
{
	struct text text = { answer, sizeof(uint32_t), size };
	uint32_t found = 0;
	Dwarf_Die unit, function, inlined[MOST_INLINED];
	memcpy(answer, &found, sizeof(found));
	const struct span *span = span_at(&file->spans, address);
	if (!span || !dw.offdie(file->dwarf, span->entry, &unit))
		return text.count;
	struct unit *known = &file->units[span->unit];
	if (!known->is_read)
		read_functions(file, known, &unit);
	const struct span *own = span_at(&known->functions, address);
	int has_function = own && dw.offdie(file->dwarf, own->entry, &function);
	size_t count = has_function ? find_inlined(function, address, inlined) : 0;
	struct place place = place_of_address(&unit, address);
	while (count > 0) {
		Dwarf_Die *entry = &inlined[--count];
		if (put_function(&text, entry, place, 1) != 0)
			return sizeof(uint32_t);
		found++;
		place = place_of_call(&unit, entry);
	}
	if (put_function(&text, has_function ? &function : NULL, place, 0) != 0)
		return sizeof(uint32_t);
	found++;
	memcpy(answer, &found, sizeof(found));
	return text.count;
}
