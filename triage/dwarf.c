/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Opening and closing; types are in dwarf_names.c and dwarf_types.c, symbols in dwarf_symbols.c. */
#include "triage/dwarf.h"

#include <elfutils/libdwelf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "triage/dwarf_file.h"

/* The file itself is all that is looked at: no search in the system's directories, no server. */
static int find_no_debuginfo(Dwfl_Module *module, void **data, const char *name, Dwarf_Addr base,
			     const char *file, const char *link, GElf_Word crc, char **found)
{
	(void)module;
	(void)data;
	(void)name;
	(void)base;
	(void)file;
	(void)link;
	(void)crc;
	(void)found;
	return -1;
}

static const Dwfl_Callbacks callbacks = {
	.find_debuginfo = find_no_debuginfo,
	.section_address = dwfl_offline_section_address,
};

static bool library_refused(struct error *error)
{
	return error_set(error, "%s", dwfl_errmsg(-1));
}

static bool module_open(struct dwarf_file *f, const char *path, int fd, struct error *error)
{
	GElf_Addr bias;

	f->dwfl = dwfl_begin(&callbacks);
	if (!f->dwfl) {
		close(fd);
		return library_refused(error);
	}
	dwfl_report_begin(f->dwfl);
	/* An archive would be one module for each of its files; they are not ours to choose from. */
	f->module = dwfl_report_offline(f->dwfl, path, path, fd);
	if (!f->module) {
		close(fd);
		return library_refused(error);
	}
	dwfl_report_end(f->dwfl, NULL, NULL);
	f->elf = dwfl_module_getelf(f->module, &bias);
	if (!f->elf)
		return library_refused(error);
	f->types.dwarf = dwfl_module_getdwarf(f->module, &bias);
	return true;
}

/* -1 when there is none. A FIFO would wait for a writer. */
static int file_open(const char *path, struct error *error)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;

	if (fd < 0) {
		error_errno(error, NULL, errno);
		return -1;
	}
	if (!fstat(fd, &st) && S_ISREG(st.st_mode))
		return fd;
	error_set(error, "not a regular file");
	close(fd);
	return -1;
}

struct dwarf_file *dwarf_file_open(const char *path, struct error *error)
{
	struct dwarf_file *f;
	int fd = file_open(path, error);

	if (fd < 0)
		return NULL;
	f = calloc(1, sizeof(*f));
	if (!f) {
		error_no_memory(error);
		close(fd);
		return NULL;
	}
	if (module_open(f, path, fd, error))
		return f;
	dwarf_file_close(f);
	return NULL;
}

void dwarf_file_close(struct dwarf_file *f)
{
	if (!f)
		return;
	dwarf_types_free(&f->types);
	dwarf_symbols_free(&f->symbols);
	if (f->dwfl)
		dwfl_end(f->dwfl);
	free(f);
}

const char *dwarf_file_status_text(enum dwarf_file_status status)
{
	switch (status) {
	case DWARF_FILE_FOUND:
		return "found";
	case DWARF_FILE_NONE:
		return "the file has no such name";
	case DWARF_FILE_NO_TABLE:
		return "the file has no debug information or no symbols";
	case DWARF_FILE_DAMAGED:
		return "the debug information is damaged";
	case DWARF_FILE_NO_MEMORY:
		return "out of memory";
	}
	return "unknown";
}

size_t dwarf_file_build_id(struct dwarf_file *f, const uint8_t **id)
{
	const void *bytes;
	ssize_t length = dwelf_elf_gnu_build_id(f->elf, &bytes);

	if (length <= 0)
		return 0;
	*id = bytes;
	return (size_t)length;
}

/* Sections with debug information may be compressed; libelf unpacks them in place. */
static const Elf_Data *section_data(Elf_Scn *section, const GElf_Shdr *header)
{
	if (header->sh_type == SHT_NOBITS)
		return NULL;
	if (header->sh_flags & SHF_COMPRESSED && elf_compress(section, 0, 0) < 0)
		return NULL;
	return elf_rawdata(section, NULL);
}

size_t dwarf_file_section(struct dwarf_file *f, const char *name, const void **bytes)
{
	Elf_Scn *section = NULL;
	size_t names;

	if (elf_getshdrstrndx(f->elf, &names))
		return 0;
	while ((section = elf_nextscn(f->elf, section))) {
		const Elf_Data *data;
		GElf_Shdr header;
		const char *own;

		if (!gelf_getshdr(section, &header))
			continue;
		own = elf_strptr(f->elf, names, header.sh_name);
		if (!own || strcmp(own, name))
			continue;
		data = section_data(section, &header);
		if (!data || !data->d_buf)
			return 0;
		*bytes = data->d_buf;
		return data->d_size;
	}
	return 0;
}
