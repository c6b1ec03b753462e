/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "triage/dump_part.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "triage/flat.h"
#include "triage/packed.h"

#define START_SIZE 512

/* In the header of makedumpfile's format; the machine as `uname -m` says. */
#define KDUMP_SIGNATURE "KDUMP   "
#define KDUMP_VERSION 8
#define KDUMP_VERSION_MAX 0xffff
#define KDUMP_MACHINE 272
#define KDUMP_MACHINE_SIZE 65

bool dump_machine_refuse(const char *name, struct error *error)
{
	return error_set(error, "unsupported machine: %s, neither x86_64 nor aarch64", name);
}

static const char *machine_name(uint16_t number)
{
	static const struct {
		uint16_t number;
		const char *name;
	} known[] = { { EM_386, "i386" },	    { EM_PPC64, "ppc64" },
		      { EM_S390, "s390x" },	    { EM_ARM, "arm" },
		      { EM_MIPS, "mips" },	    { EM_RISCV, "riscv" },
		      { EM_LOONGARCH, "loongarch" } };

	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (known[i].number == number)
			return known[i].name;
	return "unknown";
}

/* Before libkdumpfile looks for registers of that machine. */
static bool machine_check(const char *start, size_t size, struct error *error)
{
	Elf64_Ehdr header = { 0 };

	memcpy(&header, start, size < sizeof(header) ? size : sizeof(header));
	if (memcmp(header.e_ident, ELFMAG, SELFMAG))
		return true;
	if (header.e_ident[EI_DATA] != ELFDATA2LSB || header.e_ident[EI_CLASS] != ELFCLASS64)
		return error_set(error, "not of a 64-bit little-endian kernel");
	if (header.e_type == ET_EXEC || header.e_type == ET_DYN || header.e_type == ET_REL)
		return error_set(error,
				 "a program or a kernel, not a dump: --vmlinux names a kernel");
	if (header.e_machine == EM_X86_64 || header.e_machine == EM_AARCH64)
		return true;
	return dump_machine_refuse(machine_name(header.e_machine), error);
}

/* Before numbers of the other order of bytes are taken for large ones. */
static bool order_check(const char *start, size_t size, struct error *error)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz0123456789_";
	char name[KDUMP_MACHINE_SIZE + 1] = "";
	uint32_t version;

	if (size < START_SIZE || memcmp(start, KDUMP_SIGNATURE, sizeof(KDUMP_SIGNATURE) - 1))
		return true;
	memcpy(&version, start + KDUMP_VERSION, sizeof(version));
	if (version <= KDUMP_VERSION_MAX)
		return true;
	memcpy(name, start + KDUMP_MACHINE, KDUMP_MACHINE_SIZE);
	name[strspn(name, plain)] = '\0';
	return *name ? dump_machine_refuse(name, error)
		     : error_set(error, "not of a 64-bit little-endian kernel");
}

static bool start_check(int fd, struct error *error)
{
	char start[START_SIZE];
	ssize_t got = pread(fd, start, sizeof(start), 0);

	if (got < 0)
		return error_errno(error, NULL, errno);
	if (!got)
		return error_set(error, "the file is empty");
	return machine_check(start, (size_t)got, error) && order_check(start, (size_t)got, error);
}

static bool is_flat(int fd)
{
	char start[FLAT_SIGNATURE_SIZE];

	return pread(fd, start, sizeof(start), 0) == (ssize_t)sizeof(start) && flat_is(start);
}

/* A pipe or a socket can be read once. */
static bool is_stream(mode_t mode)
{
	return S_ISFIFO(mode) || S_ISSOCK(mode);
}

/* Whether a file of this kind can be a dump. Of standard input somebody else has seen what it is. */
static bool kind_check(mode_t mode, bool input, struct error *error)
{
	if (S_ISDIR(mode))
		return error_set(error, "a directory");
	if (input && is_stream(mode))
		return true;
	/* /dev/mem and /dev/crash: neither says where the kernel is. */
	if (S_ISCHR(mode) && !input)
		return error_set(error,
				 "a device; the memory of a running kernel is in /proc/kcore");
	if (!S_ISREG(mode) && !S_ISBLK(mode))
		return error_set(error, "not a regular file");
	return true;
}

/* The file that was opened is replaced by one of our own, which has what is in it. */
static bool spool(int *fd, const char *packed_with, bool *cut, struct error *error)
{
	bool is_cut = false;
	int to = packed_with ? packed_open(*fd, packed_with, &is_cut, error)
			     : flat_spool(*fd, &is_cut, error);

	if (to < 0)
		return false;
	close(*fd);
	*fd = to;
	*cut |= is_cut;
	return true;
}

static bool prepare(int *fd, bool input, bool *cut, struct error *error)
{
	const char *program;
	struct stat st;

	if (fstat(*fd, &st))
		return error_errno(error, NULL, errno);
	if (!kind_check(st.st_mode, input, error))
		return false;
	if ((is_stream(st.st_mode) || is_flat(*fd)) && !spool(fd, NULL, cut, error))
		return false;
	program = packed_program_of(*fd);
	if (program && (lseek(*fd, 0, SEEK_SET) || !spool(fd, program, cut, error)))
		return *error->text ? false : error_errno(error, NULL, errno);
	return start_check(*fd, error);
}

/* A FIFO would wait for a writer, so nothing is waited for before it is known what the file is; but
 * for standard input, which somebody has opened. */
int dump_part_open(const char *path, bool *cut, struct error *error)
{
	bool input = !strcmp(path, "-");
	int fd = input ? dup(STDIN_FILENO)
		       : open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd < 0) {
		error_errno(error, NULL, errno);
		return -1;
	}
	if (prepare(&fd, input, cut, error))
		return fd;
	close(fd);
	return -1;
}
