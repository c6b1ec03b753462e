/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Runs every suite of unit.h. Check takes its options from the environment: CK_RUN_SUITE and
 * CK_RUN_CASE choose, CK_VERBOSITY=verbose tells more, CK_FORK=no keeps all in one process, for a
 * debugger or valgrind.
 */
#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/unit.h"

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
