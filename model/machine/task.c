/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tasks: operations with a stack of their own, so that they can stop in the middle and others can
 * go on. That is all the concurrency there is: one host thread runs them in turn, and what it
 * chooses is repeatable.
 */
#include <stdlib.h>
#include <ucontext.h>

#include "model/machine/machine.h"

/* Operations nest a dozen calls deep; sanitizers want more of it than the program does. */
#define STACK_BYTES (128 * 1024)

struct model_task {
	struct model *model;
	struct running run;
	void (*fn)(struct model *m, void *ctx);
	void *ctx;
	bool ended;
	ucontext_t here, caller;
	char *stack;
};

static void task_main(unsigned int high, unsigned int low)
{
	/* makecontext() passes ints. */
	/* NOLINTNEXTLINE(performance-no-int-to-ptr): two of them are the pointer */
	struct model_task *task = (struct model_task *)((uintptr_t)high << 32 | low);

	task->fn(task->model, task->ctx);
	task->ended = true;
	task->model->irqs_off[task->run.cpu] -= task->run.irqs_off;
	/* uc_link leads back to the caller. */
}

static struct model_task *task_alloc(void)
{
	struct model_task *task = calloc(1, sizeof(*task));
	char *stack = malloc(STACK_BYTES);

	if (task && stack) {
		task->stack = stack;
		return task;
	}
	free(task);
	free(stack);
	return NULL;
}

static void context_make(struct model_task *const task)
{
	getcontext(&task->here); /* cannot fail on Linux */
	task->here.uc_stack.ss_sp = task->stack;
	task->here.uc_stack.ss_size = STACK_BYTES;
	task->here.uc_link = &task->caller;
	/* It passes ints. */
	makecontext(&task->here, (void (*)(void))task_main, 2,
		    (unsigned int)((uintptr_t)task >> 32), (unsigned int)(uintptr_t)task);
}

struct model_task *model_task_new(struct model *m, unsigned int cpu,
				  void (*run)(struct model *m, void *ctx), void *ctx)
{
	struct model_task *task = task_alloc();

	if (!task)
		return NULL;
	task->model = m;
	task->run.cpu = cpu;
	task->fn = run;
	task->ctx = ctx;
	context_make(task);
	return task;
}

void step_slow(struct model *m)
{
	struct model_task *task = m->task;

	if (m->steps_left--)
		return;
	swapcontext(&task->here, &task->caller);
	/* The step that was about to be made is the first of the next run. */
	m->steps_left--;
}

enum model_task_state model_task_run(struct model_task *task, uint64_t steps)
{
	struct model *m = task->model;
	struct model_task *outer = m->task;
	struct running *before = m->run;
	uint64_t left = m->steps_left;

	if (task->ended)
		return MODEL_TASK_ENDED;
	if (!steps)
		return MODEL_TASK_READY;
	/* Somebody else is at work on its CPU. */
	if (m->borrower[task->run.cpu] && m->borrower[task->run.cpu] != &task->run)
		return MODEL_TASK_WAITING;
	m->task = task;
	m->run = &task->run;
	m->steps_left = steps;
	swapcontext(&task->caller, &task->here);
	m->task = outer;
	m->run = before;
	m->steps_left = left;
	if (task->ended)
		return MODEL_TASK_ENDED;
	return task->run.waits_for ? MODEL_TASK_WAITING : MODEL_TASK_READY;
}

bool model_task_interruptible(const struct model_task *task)
{
	return !task->ended && !task->model->irqs_off[task->run.cpu] &&
	       !task->model->borrower[task->run.cpu];
}

void model_task_is_interrupt(struct model_task *task)
{
	task->run.irqs_off = 1;
	task->model->irqs_off[task->run.cpu]++;
}

bool model_task_migrate(struct model_task *task, unsigned int cpu)
{
	/* Nor while it is at work in another CPU's place. */
	if (task->run.irqs_off || task->run.preempt_off || task->model->tid_step == 1 ||
	    task->model->borrower[task->run.cpu] == &task->run)
		return false;
	task->run.cpu = cpu;
	return true;
}

void model_task_end(struct model_task *task)
{
	if (!task)
		return;
	free(task->stack);
	free(task);
}
