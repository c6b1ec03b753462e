/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_BANNED_H
#define SLUBCHECK_BANNED_H
/*
 * Functions that no file here may call. The Makefile includes this before all else, and the compiler
 * refuses the names.
 *
 * Those that write a string do not know where its room ends: snprintf() and memcpy() do. strncpy()
 * leaves strings without their end. strtok(), gmtime() and their kind keep their state or answer
 * where every thread sees it. atoi() and its kind cannot say that what they read was not a number:
 * strtol() can.
 *
 * The headers that declare them have to come first: the names are refused in system headers too.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#pragma GCC poison strcpy strcat strncpy strncat stpcpy stpncpy
#pragma GCC poison sprintf vsprintf gets
#pragma GCC poison strtok gmtime localtime ctime ctime_r asctime asctime_r
#pragma GCC poison atoi atol atoll atof
#pragma GCC poison tmpnam tempnam mktemp

#endif
