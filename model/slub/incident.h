/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SLUBCHECK_MODEL_SLUB_INCIDENT_H
#define SLUBCHECK_MODEL_SLUB_INCIDENT_H
/*
 * A crash that happened, from boot to the panic: a server with Ubuntu's 3.13.0-45 whose CPU 14 took
 * a bad pointer off a freelist of kmalloc-32. What was published of it are the registers of the
 * exception and two addresses that crash could not read; every one of those numbers is that of the
 * dump. The rest of the heap is what allocations and frees made of it.
 */

#include "model/slub/model.h"

#define INCIDENT_CACHE UINT64_C(0xffff880fff403c00) /* r12, r15: kmalloc-32 */
#define INCIDENT_CPU_SLAB UINT64_C(0x16240) /* rdi: its cpu_slab */
#define INCIDENT_CPU 14
#define INCIDENT_KMEM_CACHE_CPU UINT64_C(0xffff88203f896240) /* r8 */
#define INCIDENT_TID UINT64_C(0xb735a0) /* rdx */
#define INCIDENT_GFP 0x80d0 /* r14: GFP_KERNEL | __GFP_ZERO */
#define INCIDENT_PID 47656

/* What the CPU's list led to (r13), and what it would have led to with byte 5 as it was; the slab,
 * and the object before, in whose freepointer that byte was zeroed and which was handed out then. */
#define INCIDENT_BAD UINT64_C(0xffff00088fec6500)
#define INCIDENT_GOOD UINT64_C(0xffff88088fec6500)
#define INCIDENT_BASE UINT64_C(0xffff88088fec6000)
#define INCIDENT_PREVIOUS UINT64_C(0xffff88088fec69a0)

/* The other address; here it is the second link of the list of CPU 5. */
#define INCIDENT_OTHER_BAD UINT64_C(0xffff0008569645a0)
#define INCIDENT_OTHER_GOOD UINT64_C(0xffff8808569645a0)
#define INCIDENT_OTHER_BASE UINT64_C(0xffff880856964000)
#define INCIDENT_OTHER_CPU 5
#define INCIDENT_OTHER_SLOT UINT64_C(0xffff880856964280)
#define INCIDENT_OTHER_PREVIOUS UINT64_C(0xffff880856964100)

/**
 * incident_new() - The machine as the panic left it.
 *
 * CPU 14 has died in the model, too: model_oops() tells where.
 *
 * Return: NULL when there is no memory for it, or when the history did not lead where it should.
 */
struct model *incident_new(void);

#endif
