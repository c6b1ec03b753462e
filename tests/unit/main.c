/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Runs every suite of unit.h. Check takes its options from the environment: CK_RUN_SUITE and
 * CK_RUN_CASE choose, CK_VERBOSITY=verbose tells more, CK_FORK=no keeps all in one process, for a
 * debugger or valgrind.
 */
#include <stdlib.h>

#include "tests/unit/unit.h"

/* Seconds for one test: it is there for those that hang, not for machines that are busy. */
#define TIMEOUT "60"

int main(void)
{
	SRunner *runner = srunner_create(NULL);
	int failed;

	setenv("CK_DEFAULT_TIMEOUT", TIMEOUT, 0);
#define X(name) srunner_add_suite(runner, suite_##name());
	UNIT_SUITES(X)
#undef X
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
