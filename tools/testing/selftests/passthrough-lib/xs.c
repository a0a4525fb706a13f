// SPDX-License-Identifier: GPL-2.0
/*
 * Xenstore for suites, and orders to guests through it.  Under emulation a process costs
 * 40 ms and more under Xen: an order and its answer took five of xenstore's programs and a
 * polling loop, and each of those loads three libraries.
 *
 *   xs read NODE...                      as xenstore-read
 *   xs write NODE VALUE...               as xenstore-write: all of it in one transaction
 *   xs wait SECONDS NODE PATTERN         until it matches (fnmatch)
 *   xs id NAME                           print the domain's number
 *   xs up NAME SECONDS                   wait until the guest has written data/up
 *   xs give NAME NUMBER COMMAND          write data/order, do not wait
 *   xs run NAME SECONDS NUMBER COMMAND   the same, and wait for the answer: print the
 *                                        output, exit with the status of COMMAND
 *   xs serve                             in a guest: carry out what data/order says
 *
 * Exit status: that of COMMAND, 1 for no such node, 124 for no answer in time, 125 for no
 * xenstore, 126 for no such domain, 2 for a wrong call.
 *
 * data/order is "NUMBER COMMAND", data/answer "NUMBER STATUS OUTPUT".  Messages are those
 * of xen/include/public/io/xs_wire.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { EXIT_NODE = 1, EXIT_USAGE = 2, EXIT_LATE = 124, EXIT_XENSTORE = 125, EXIT_DOMAIN = 126 };

enum xs_type {
	XS_DIRECTORY = 1,
	XS_READ = 2,
	XS_WATCH = 4,
	XS_TRANSACTION_START = 6,
	XS_TRANSACTION_END = 7,
	XS_WRITE = 11,
	XS_WATCH_EVENT = 15,
	XS_ERROR = 16,
};

struct xs_message {
	uint32_t type;
	uint32_t request;
	uint32_t transaction;
	uint32_t length;
};

#define XS_PAYLOAD_MAX 4096
#define OUTPUT_MAX 1900		/* of a command: its end; oxenstored takes nodes of 2048 bytes */

/* A watch fires once when it is set, so nothing written before is missed. */
static int store;
static unsigned int watch_events;
static uint32_t transaction;
static char reply[XS_PAYLOAD_MAX + 1];

static void die(const char *what)
{
	fprintf(stderr, "xs: %s: %s\n", what, strerror(errno));
	exit(EXIT_XENSTORE);
}

static void read_all(void *to, size_t length)
{
	char *at = to;

	while (length) {
		ssize_t got = read(store, at, length);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			die("reading from xenstore");
		at += got;
		length -= got;
	}
}

/* One write for one message: /dev/xen/xenbus takes it for complete. */
static void write_all(const void *from, size_t length)
{
	const char *at = from;

	while (length) {
		ssize_t put = write(store, at, length);

		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			die("writing to xenstore");
		at += put;
		length -= put;
	}
}

/* Next message of type @want into reply[]; its length, or -1 for an error. */
static int receive(enum xs_type want)
{
	struct xs_message message;

	for (;;) {
		read_all(&message, sizeof(message));
		if (message.length > XS_PAYLOAD_MAX) {
			errno = EPROTO;
			die("xenstore's answer");
		}

		read_all(reply, message.length);
		reply[message.length] = '\0';

		if (message.type == XS_WATCH_EVENT)
			watch_events++;
		if (message.type == XS_ERROR)
			return -1;
		if (message.type == want)
			return message.length;
	}
}

static int ask(enum xs_type type, const char *path, const char *more, size_t length)
{
	char buffer[sizeof(struct xs_message) + XS_PAYLOAD_MAX];
	size_t path_length = strlen(path) + 1;
	struct xs_message message = {
		.type = type,
		.transaction = transaction,
		.length = path_length + length,
	};

	if (path_length + length > XS_PAYLOAD_MAX)
		return -1;

	memcpy(buffer, &message, sizeof(message));
	memcpy(buffer + sizeof(message), path, path_length);
	if (length)
		memcpy(buffer + sizeof(message) + path_length, more, length);
	write_all(buffer, sizeof(message) + message.length);
	return receive(type);
}

static int read_node(const char *path)
{
	return ask(XS_READ, path, NULL, 0);
}

static int write_node(const char *path, const char *text)
{
	return ask(XS_WRITE, path, text, strlen(text));
}

/* @commit is "T" or "F". */
static int end_transaction(const char *commit)
{
	int err = ask(XS_TRANSACTION_END, commit, NULL, 0);

	transaction = 0;
	return err;
}

/* The token is never looked at: there is one watch in each process. */
static void watch_node(const char *path)
{
	if (ask(XS_WATCH, path, "t", 2) < 0)
		die("watching a node of xenstore");
}

/* Socket of the daemon in dom0, else the kernel's device, which a guest has. */
static void open_store(void)
{
	struct sockaddr_un address = {
		.sun_family = AF_UNIX,
		.sun_path = "/run/xenstored/socket",
	};

	store = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (store >= 0 && !connect(store, (struct sockaddr *)&address, sizeof(address)))
		return;

	store = open("/dev/xen/xenbus", O_RDWR | O_CLOEXEC);
	if (store < 0)
		die("/dev/xen/xenbus");
}

static int find_domain(const char *name)
{
	static char ids[sizeof(reply)];
	int length = ask(XS_DIRECTORY, "/local/domain", NULL, 0);
	char path[64];
	int at;

	if (length < 0)
		return -1;
	memcpy(ids, reply, length + 1);

	for (at = 0; at < length; at += strlen(ids + at) + 1) {
		snprintf(path, sizeof(path), "/local/domain/%.20s/name", ids + at);
		if (read_node(path) > 0 && !strcmp(reply, name))
			return atoi(ids + at);
	}
	return -1;
}

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec + time.tv_nsec / 1e9;
}

/* Until @path exists and matches.  Its text is in reply[]. */
static int wait_for_node(const char *path, const char *pattern, double seconds)
{
	double end = now() + seconds;

	watch_node(path);
	for (;;) {
		struct pollfd fd = { .fd = store, .events = POLLIN };
		double left;

		watch_events = 0;
		if (read_node(path) >= 0 && !fnmatch(pattern, reply, 0))
			return 0;
		if (watch_events)
			continue;

		left = end - now();
		if (left <= 0)
			return EXIT_LATE;
		if (poll(&fd, 1, left * 1000 + 1) > 0)
			receive(XS_WATCH_EVENT);
	}
}

/* The end of what @file has, without its last line feeds. */
static size_t read_output(int file, char *output)
{
	off_t size = lseek(file, 0, SEEK_END);
	ssize_t got = pread(file, output, OUTPUT_MAX, size > OUTPUT_MAX ? size - OUTPUT_MAX : 0);

	if (got < 0)
		got = 0;
	while (got && output[got - 1] == '\n')
		got--;
	return got;
}

/* Run @command with sh; what it prints goes to @file.  Its exit status as a shell has it. */
static int run_command(const char *command, int file)
{
	pid_t child = fork();
	int status;

	if (child < 0)
		die("fork");
	if (!child) {
		dup2(open("/dev/null", O_RDONLY), 0);
		dup2(file, 1);
		dup2(file, 2);
		execl("/bin/sh", "sh", "-c", command, NULL);
		_exit(127);
	}

	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void carry_out(long number, const char *command)
{
	char answer[OUTPUT_MAX + 64];
	int file = open("/tmp/output", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	int status, head;

	if (file < 0)
		die("/tmp/output");
	printf("guest: order %ld %s\n", number, command);
	fflush(stdout);

	status = run_command(command, file);
	head = snprintf(answer, sizeof(answer), "%ld %d ", number, status);
	head += read_output(file, answer + head);
	close(file);
	if (ask(XS_WRITE, "data/answer", answer, head) < 0) {
		snprintf(answer, sizeof(answer), "%ld 125 xenstore refused the output", number);
		write_node("data/answer", answer);
	}
}

/* Never ends.  An order is carried out once, whatever else makes the watch fire. */
static __attribute__((noreturn)) void serve(void)
{
	static char order[sizeof(reply)];
	long last = 0;

	watch_node("data/order");
	for (;;) {
		char *command;
		long number;

		watch_events = 0;
		snprintf(order, sizeof(order), "%s", read_node("data/order") >= 0 ? reply : "");
		number = strtol(order, &command, 10);
		if (number > last) {
			last = number;
			carry_out(number, command + (*command == ' '));
		} else if (!watch_events) {
			receive(XS_WATCH_EVENT);
		}
	}
}

static int give_order(int domain, const char *number, const char *command)
{
	char path[64], order[XS_PAYLOAD_MAX];

	snprintf(path, sizeof(path), "/local/domain/%d/data/order", domain);
	if (snprintf(order, sizeof(order), "%s %s", number, command) >= (int)sizeof(order))
		return EXIT_USAGE;
	return write_node(path, order) < 0 ? EXIT_XENSTORE : 0;
}

/* Print the output in "NUMBER STATUS OUTPUT", return the status. */
static int print_answer(void)
{
	char *end, *status = strchr(reply, ' ');
	long value = strtol(status, &end, 10);

	if (*end == ' ' && end[1])
		puts(end + 1);
	return value;
}

static int run_order(int domain, const char *seconds, const char *number, const char *command)
{
	char path[64], pattern[32];
	int err = give_order(domain, number, command);

	if (err)
		return err;
	snprintf(path, sizeof(path), "/local/domain/%d/data/answer", domain);
	snprintf(pattern, sizeof(pattern), "%.20s *", number);
	err = wait_for_node(path, pattern, atof(seconds));
	return err ? err : print_answer();
}

static int wait_until_up(int domain, const char *seconds)
{
	char path[64];

	snprintf(path, sizeof(path), "/local/domain/%d/data/up", domain);
	return wait_for_node(path, "*", atof(seconds));
}

static int print_nodes(char **paths)
{
	for (; *paths; paths++) {
		if (read_node(*paths) < 0) {
			fprintf(stderr, "xs: no node %s\n", *paths);
			return EXIT_NODE;
		}
		puts(reply);
	}
	return 0;
}

/* Again where another transaction was faster: the end of ours is an error then. */
static int write_nodes(char **pairs)
{
	unsigned int tries, i;

	if (pairs[1] && !pairs[2])
		return write_node(pairs[0], pairs[1]) < 0 ? EXIT_NODE : 0;

	for (tries = 0; tries < 100; tries++) {
		if (ask(XS_TRANSACTION_START, "", NULL, 0) < 0)
			return EXIT_XENSTORE;
		transaction = strtoul(reply, NULL, 10);

		for (i = 0; pairs[i] && pairs[i + 1]; i += 2) {
			if (write_node(pairs[i], pairs[i + 1]) < 0) {
				fprintf(stderr, "xs: cannot write %s\n", pairs[i]);
				end_transaction("F");
				return EXIT_NODE;
			}
		}
		if (end_transaction("T") >= 0)
			return pairs[i] ? EXIT_USAGE : 0;
	}
	return EXIT_XENSTORE;
}

/* Verbs that are about a guest, argv[2]. */
static int order_main(int argc, char **argv)
{
	const char *verb = argv[1];
	int domain = find_domain(argv[2]);

	if (domain < 0)
		return EXIT_DOMAIN;
	if (argc == 3 && !strcmp(verb, "id"))
		return printf("%d\n", domain) < 0;
	if (argc == 4 && !strcmp(verb, "up"))
		return wait_until_up(domain, argv[3]);
	if (argc == 5 && !strcmp(verb, "give"))
		return give_order(domain, argv[3], argv[4]);
	if (argc == 6 && !strcmp(verb, "run"))
		return run_order(domain, argv[3], argv[4], argv[5]);
	return EXIT_USAGE;
}

int main(int argc, char **argv)
{
	const char *verb = argc > 1 ? argv[1] : "";

	open_store();
	if (argc == 2 && !strcmp(verb, "serve"))
		serve();
	if (argc < 3)
		return EXIT_USAGE;

	if (!strcmp(verb, "read"))
		return print_nodes(argv + 2);
	if (!strcmp(verb, "write"))
		return write_nodes(argv + 2);
	if (argc == 5 && !strcmp(verb, "wait"))
		return wait_for_node(argv[3], argv[4], atof(argv[2]));
	return order_main(argc, argv);
}
