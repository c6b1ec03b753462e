// SPDX-License-Identifier: GPL-2.0-or-later OR GPL-3.0-or-later
/*
 * script: runs all scripts that the file `order` names, tells where the record
 * of it lies and stays loaded. The caches stay as they are.
 */
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/init.h>
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/vmalloc.h>

#include "slubscript.h"

static char *param_dir = "/scripts";

module_param_named(dir, param_dir, charp, 0444);
MODULE_PARM_DESC(dir, "where the scripts are");

/* The file's text; its last newline gives way to the end of the string. */
static char *text_of(struct file *file)
{
	loff_t size = i_size_read(file_inode(file)), at = 0;
	char *text = size ? vmalloc(size) : NULL;

	if (!text)
		return ERR_PTR(size ? -ENOMEM : -ENODATA);
	if (kernel_read(file, text, size, &at) != size) {
		vfree(text);
		return ERR_PTR(-EIO);
	}
	text[size - 1] = '\0';
	return text;
}

static char *text_read(const char *name)
{
	char path[128];
	struct file *file;
	char *text;

	snprintf(path, sizeof(path), "%s/%s", param_dir, name);
	file = filp_open(path, O_RDONLY, 0);
	if (IS_ERR(file))
		return ERR_CAST(file);
	text = text_of(file);
	filp_close(file, NULL);
	return text;
}

static int one_run(const char *name, struct recording *recording)
{
	struct script script;
	char *text = text_read(name);
	int err;

	if (IS_ERR(text))
		return PTR_ERR(text);
	err = script_parse(&script, name, text);
	vfree(text);
	if (!err)
		err = script_run(&script, recording);
	script_free(&script);
	return err;
}

static unsigned int lines_count(const char *text)
{
	unsigned int count = 1;

	for (; *text; text++)
		count += *text == '\n';
	return count;
}

static int all_run(char *order)
{
	unsigned int count = lines_count(order);
	struct recording *recordings = kcalloc(count, sizeof(*recordings), GFP_KERNEL);
	unsigned int i;

	if (!recordings)
		return -ENOMEM;
	for (i = 0; i < count; i++) {
		char *name = strsep(&order, "\n");
		int err = one_run(name, &recordings[i]);

		if (err) {
			pr_err("slubscript: %s: %d\n", name, err);
			return err;
		}
	}
	/* Slabs of TYPESAFE_BY_RCU caches that are gone, but not yet free. */
	rcu_barrier();
	return log_table(recordings, count);
}

static int __init slubscript_init(void)
{
	char *order = text_read("order");
	int err = PTR_ERR_OR_ZERO(order);

	if (!err)
		err = steps_prepare();
	if (!err)
		err = flush_order_init();
	if (!err)
		err = slabs_watch_init();
	if (!err)
		err = all_run(order);
	if (err)
		pr_err("slubscript: failed: %d\n", err);
	else
		pr_info("slubscript: ready\n");
	return 0;
}

module_init(slubscript_init);
MODULE_DESCRIPTION("runs scripts of allocations and frees");
MODULE_LICENSE("GPL");
