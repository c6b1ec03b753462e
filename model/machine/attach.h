/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_MODEL_MACHINE_ATTACH_H
#define SLUBCHECK_MODEL_MACHINE_ATTACH_H
/*
 * A machine in the memory of a dump: the functions of the model go on from the state that the kernel died in.
 * The dump is never written to: what the model stores it keeps beside.
 */

#include "model/machine/model.h"

/**
 * machine_attach() - A machine whose memory is @target's, and where its structures lie. What allocator it has
 * is for the caller to set, and then machine_cpus() to call.
 * @error: receives one clause when this fails, else NULL
 *
 * Return: NULL when there is no memory for it. @target must outlive it.
 */
struct model *machine_attach(struct target *target, const char **error);

/** machine_cpus() - Read its CPUs and nodes. Return: the variable that cannot be read, or NULL. */
const char *machine_cpus(struct model *m);

#endif
