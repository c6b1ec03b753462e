// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * slabinfo: prints /proc/slabinfo as it will be when the memory is dumped.
 *
 * To read it allocates: the file, its buffer, this process. So it is read again
 * and again through one descriptor, and printed, until what was printed is what
 * is read a while afterwards, with nothing done in between but that. Then
 * nothing changes any more: this process stays as it is.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define TRIES 60

static char texts[2][1 << 17];

static long slabinfo_read(int fd, char *text)
{
	long len = 0, n;

	if (lseek(fd, 0, SEEK_SET))
		return -1;
	while ((n = read(fd, text + len, sizeof(texts[0]) - (size_t)len)) > 0)
		len += n;
	return n ? -1 : len;
}

static int write_all(const char *text, long len)
{
	while (len > 0) {
		long n = write(STDOUT_FILENO, text, (size_t)len);

		if (n <= 0)
			return -1;
		text += n;
		len -= n;
	}
	return 0;
}

static int say(const char *what, long len)
{
	char line[64];

	return write_all(line, snprintf(line, sizeof(line), "slabinfo: %s %ld\n", what, len));
}

/* Returns its length, or -1. What is printed stays in @text. */
static long slabinfo_print(int fd, char *text)
{
	long len = slabinfo_read(fd, text);

	if (len < 0 || say("begin", len) || write_all(text, len) || say("end", len))
		return -1;
	return len;
}

int main(void)
{
	int fd = open("/proc/slabinfo", O_RDONLY);

	/* What this process will ever touch is touched before the last time. */
	memset(texts, 0, sizeof(texts));
	for (int i = 0; i < TRIES; i++) {
		long len = slabinfo_print(fd, texts[0]);

		sleep(2);
		if (len < 0 || slabinfo_read(fd, texts[1]) != len)
			continue;
		if (memcmp(texts[0], texts[1], (size_t)len))
			continue;
		say("ready", len);
		for (;;)
			pause();
	}
	say("failed", 0);
	return 1;
}
