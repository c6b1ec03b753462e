/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Runs every suite of unit.h. Check takes its options from the environment: CK_RUN_SUITE and
 * CK_RUN_CASE choose, CK_VERBOSITY=verbose tells more, CK_FORK=no keeps all in one process, for a
 * debugger or valgrind.
 */
#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/unit.h"

/* libkdumpfile 0.5.1 does not free all of a file that it refuses; LeakSanitizer asks for this. */
__attribute__((visibility("default"))) const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:libkdumpfile\n";
}

int main(void)
{
	SRunner *runner = srunner_create(NULL);
	char timeout[16];
	int failed;

	snprintf(timeout, sizeof(timeout), "%d", UNIT_TIMEOUT);
	setenv("CK_DEFAULT_TIMEOUT", timeout, 0);
#define X(name) srunner_add_suite(runner, suite_##name());
	UNIT_SUITES(X)
#undef X
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
