/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Runs a fuzz harness over files instead of libFuzzer: for compilers without it, and for the
 * corpus as a regression test. It takes files and directories of files.
 */
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/fuzz/fuzz.h"

static unsigned long inputs;

static int complain(const char *path)
{
	fprintf(stderr, "%s: %s\n", path, strerror(errno));
	return -1;
}

static int replay_file(const char *path, size_t size)
{
	/* Of the very size, for AddressSanitizer to guard its end. */
	uint8_t *data = malloc(size ? size : 1);
	FILE *file = fopen(path, "rb");
	int ret = -1;

	if (!data || !file || fread(data, 1, size, file) != size) {
		complain(path);
	} else {
		LLVMFuzzerTestOneInput(data, size);
		inputs++;
		ret = 0;
	}
	if (file)
		fclose(file);
	free(data);
	return ret;
}

static int replay(const char *path);

static int replay_dir(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	int ret = 0;

	if (!dir)
		return complain(path);
	while ((entry = readdir(dir))) {
		char name[4096];
		int len;

		if (entry->d_name[0] == '.')
			continue;
		len = snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
		if (len < 0 || (size_t)len >= sizeof(name) || replay(name))
			ret = -1;
	}
	closedir(dir);
	return ret;
}

static int replay(const char *path)
{
	struct stat st;

	if (stat(path, &st))
		return complain(path);
	if (S_ISDIR(st.st_mode))
		return replay_dir(path);
	return replay_file(path, (size_t)st.st_size);
}

int main(int argc, char **argv)
{
	int n, ret = EXIT_SUCCESS;

	for (n = 1; n < argc; n++)
		if (replay(argv[n]))
			ret = EXIT_FAILURE;
	printf("%lu inputs\n", inputs);
	/* Having replayed nothing is not a success: the corpus was not where it was looked for. */
	return inputs ? ret : EXIT_FAILURE;
}
