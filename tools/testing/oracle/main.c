// SPDX-License-Identifier: GPL-2.0
/*
 * The oracle: what a guest must find in a card's configuration space, computed in
 * user space from the very tables that the driver uses, and compared with what it
 * does find. See card.h for descriptions.
 *
 * On the host:
 *	oracle describe BDF		a claimed card, without what can be written
 *	oracle probe BDF DESCRIPTION	what can be written: lines to append
 *	oracle dump BDF			its registers as they are now: lines to append
 *	oracle changed OLD NEW		two descriptions: what may not have changed
 * In the guest, where CONFIG is the file in sysfs of a card without a driver:
 *	oracle reads CONFIG DESCRIPTION		all by 4, the first 256 by 2 and 1 as well
 *	oracle each CONFIG DESCRIPTION		the first 256, register by register
 *	oracle fill LENGTH ones|zeros CONFIG DESCRIPTION
 *						all are written, then all are read
 *
 * Exit status: 0 as it should be, 1 not, 2 it cannot be said.
 */
#include <stdio.h>

#include "card.h"

static int usage(void)
{
	fprintf(stderr, "usage: oracle describe|dump BDF | probe BDF DESCRIPTION |\n"
		"       changed OLD NEW | reads|each|fill LENGTH ones|zeros CONFIG DESCRIPTION\n");
	return 2;
}

static int on_host(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "describe"))
		return host_describe(argv[2]);
	if (argc == 3 && !strcmp(argv[1], "dump"))
		return host_dump(argv[2]);
	if (argc == 4 && !strcmp(argv[1], "probe"))
		return host_probe(argv[2], argv[3]);
	if (argc == 4 && !strcmp(argv[1], "changed"))
		return host_changed(argv[2], argv[3]);
	return -1;
}

static int in_guest(int argc, char **argv)
{
	unsigned int len;
	bool ones;

	if (argc == 4 && !strcmp(argv[1], "reads"))
		return guest_reads(argv[2], argv[3]);
	if (argc == 4 && !strcmp(argv[1], "each"))
		return guest_each(argv[2], argv[3]);
	if (argc != 6 || strcmp(argv[1], "fill") || sscanf(argv[2], "%u", &len) != 1)
		return -1;
	ones = !strcmp(argv[3], "ones");
	if ((len != 1 && len != 2 && len != 4) || (!ones && strcmp(argv[3], "zeros")))
		return -1;
	return guest_fill(argv[4], argv[5], len, ones ? ~0u : 0);
}

int main(int argc, char **argv)
{
	int status = on_host(argc, argv);

	if (status < 0)
		status = in_guest(argc, argv);
	return status < 0 ? usage() : status;
}
