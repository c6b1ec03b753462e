/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "triage/live.h"

#include <gelf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NOTES_MAX (1u << 20)

/* What /proc/kcore calls the process whose memory it is. */
#define KCORE_NAME "vmlinux"
/* Of struct elf_prpsinfo of a 64-bit machine: where pr_fname is. */
#define PRPSINFO_NAME 40
#define PRPSINFO_SIZE 136

/*
 * /proc/kcore has always had a note of a process by that name (elf_kcore_store_hdr(), then
 * read_kcore_iter()). Dumps of a stopped machine, as /proc/vmcore and those of QEMU, have notes of CPUs.
 */
static bool names_kernel(const char *notes, size_t size)
{
	size_t at = 0;

	while (size - at >= sizeof(Elf64_Nhdr)) {
		Elf64_Nhdr note;
		uint64_t name, descriptor, end;

		memcpy(&note, notes + at, sizeof(note));
		name = at + sizeof(note);
		descriptor = name + (((uint64_t)note.n_namesz + 3) & ~UINT64_C(3));
		end = descriptor + (((uint64_t)note.n_descsz + 3) & ~UINT64_C(3));
		if (end > size)
			return false;
		if (note.n_type == NT_PRPSINFO && note.n_descsz >= PRPSINFO_SIZE &&
		    !strncmp(notes + descriptor + PRPSINFO_NAME, KCORE_NAME, sizeof(KCORE_NAME)))
			return true;
		at = (size_t)end;
	}
	return false;
}

static bool notes_name_kernel(int fd, const GElf_Phdr *header)
{
	size_t size = header->p_filesz < NOTES_MAX ? (size_t)header->p_filesz : NOTES_MAX;
	char *notes = malloc(size ? size : 1);
	bool live = notes && pread(fd, notes, size, (off_t)header->p_offset) == (ssize_t)size &&
		    names_kernel(notes, size);

	free(notes);
	return live;
}

bool live_is(int fd)
{
	bool live = false;
	size_t nr = 0;
	Elf *elf;

	elf_version(EV_CURRENT);
	elf = elf_begin(fd, ELF_C_READ, NULL);
	if (elf && elf_kind(elf) == ELF_K_ELF && !elf_getphdrnum(elf, &nr))
		for (size_t i = 0; i < nr && !live; i++) {
			GElf_Phdr header;

			live = gelf_getphdr(elf, (int)i, &header) && header.p_type == PT_NOTE &&
			       notes_name_kernel(fd, &header);
		}
	elf_end(elf);
	return live;
}
