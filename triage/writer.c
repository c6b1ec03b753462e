/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "triage/writer.h"

#include <errno.h>
#include <unistd.h>

/* Returns 0 when not all could be written, as fopencookie() wants it. */
static ssize_t stream_write(void *cookie, const char *bytes, size_t size)
{
	struct writer *writer = cookie;
	size_t done = 0;

	while (done < size) {
		ssize_t now = write(writer->fd, bytes + done, size - done);

		if (now < 0 && errno == EINTR)
			continue;
		if (now <= 0) {
			if (!writer->error)
				writer->error = now ? errno : EIO;
			return 0;
		}
		done += (size_t)now;
	}
	return (ssize_t)size;
}

bool writer_begin(struct writer *writer, int fd)
{
	const cookie_io_functions_t functions = { .write = stream_write };

	*writer = (struct writer){ .fd = fd };
	writer->stream = fopencookie(writer, "w", functions);
	/* People watch it grow; programs read it from a pipe. */
	if (writer->stream && isatty(fd))
		setvbuf(writer->stream, NULL, _IOLBF, BUFSIZ);
	return writer->stream != NULL;
}

bool writer_failed(const struct writer *writer)
{
	return writer->error != 0;
}

bool writer_end(struct writer *writer, struct error *error)
{
	bool good = !fclose(writer->stream);

	writer->stream = NULL;
	if (writer->error && writer->error != EPIPE)
		error_errno(error, "cannot write", writer->error);
	return good && !writer->error;
}
