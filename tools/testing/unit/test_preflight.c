// SPDX-License-Identifier: GPL-2.0
/* The check before a guest is started: preflight_core.c. */
#include <stdarg.h>

#include "ktap.h"
#include "policy_core.h"
#include "preflight_core.h"

#define MB (1024 * 1024ull)
#define GB (1024 * MB)

#define NO_MEM	"expected devices and mem=SIZE, e.g. 0000:01:00.0 mem=4G"
#define BAD_MEM	"expected mem=SIZE once, as QEMU's -m: MiB, or with K, M, G or T: mem=4G"
#define BAD_LOW "expected below4g=SIZE once, 1M to 4G; without a letter QEMU takes bytes"
#define BAD_TYPE "expected machine=TYPE once: q35, or pc, which is i440fx"

static struct ie_pre_request request;
static const char *why;
static struct ie_pre_now now[IE_PRE_DEVICES];
static struct ie_pre_region region[16];
static struct ie_pre_question question;
static char answer[4096];

static int parse(const char *text)
{
	why = NULL;
	return ie_pre_parse(text, strlen(text), &request, &why);
}

TEST("devices and memory")
{
	CHECK_EQ(parse("0000:01:00.0 mem=4G\n"), 0);
	CHECK_EQ(request.devices, 1);
	CHECK_EQ(request.dev[0].bus, 1);
	CHECK_EQ(request.mem, 4 * GB);
	CHECK_EQ(request.below4g, 0);
	CHECK_EQ(request.machines, IE_PRE_Q35 | IE_PRE_PC);
	CHECK_EQ(parse("01:00.0,0001:02:1f.7 mem=512M,below4g=0x10000000 "), 0);
	CHECK_EQ(request.devices, 2);
	CHECK_EQ(request.dev[1].segment, 1);
	CHECK_EQ(request.dev[1].devfn, 0xff);
	CHECK_EQ(request.mem, 512 * MB);
	CHECK_EQ(request.below4g, 256 * MB);
}

static u64 size_of(const char *text)
{
	char asked[64];

	scnprintf(asked, sizeof(asked), "01:00.0 mem=%s", text);
	return parse(asked) ? 0 : request.mem;
}

TEST("sizes are read as QEMU reads them: -m is in MiB, the limit in bytes (case M2)")
{
	CHECK_EQ(size_of("4096"), 4 * GB);
	CHECK_EQ(size_of("384"), 384 * MB);
	CHECK_EQ(size_of("4g"), 4 * GB);
	CHECK_EQ(size_of("1.5G"), 1536 * MB);
	CHECK_EQ(size_of("1.5"), 1536 * 1024);
	CHECK_EQ(size_of("2."), 2 * MB);
	CHECK_EQ(size_of("0.0000019G"), 8192);
	CHECK_EQ(size_of("1t"), 1024 * GB);
	CHECK_EQ(size_of("4095T"), 4095 * 1024 * GB);
	CHECK_EQ(size_of("8193b"), 16384);
	CHECK_EQ(size_of("1024k"), 1 * MB);
	CHECK_EQ(parse("01:00.0 mem=4096 below4g=1073741824"), 0);
	CHECK_EQ(request.below4g, 1 * GB);
	CHECK_EQ(parse("01:00.0 mem=4096 below4g=1.5g"), 0);
	CHECK_EQ(request.below4g, 1536 * MB);
	CHECK_EQ(parse("01:00.0 mem=4096 below4g=1M"), 0);
	CHECK_EQ(parse("01:00.0 mem=4096 below4g=4G"), 0);
}

static u8 machine_of(const char *text)
{
	char asked[64];

	scnprintf(asked, sizeof(asked), "01:00.0 mem=1G machine=%s", text);
	return parse(asked) ? 0 : request.machines;
}

TEST("machine types as QEMU, libvirt and Proxmox write them (case M2)")
{
	CHECK_EQ(machine_of("q35"), IE_PRE_Q35);
	CHECK_EQ(machine_of("pc-q35-9.2+pve1"), IE_PRE_Q35);
	CHECK_EQ(machine_of("pc"), IE_PRE_PC);
	CHECK_EQ(machine_of("PC-i440fx-8.1"), IE_PRE_PC);
	CHECK_EQ(machine_of("i440fx"), IE_PRE_PC);
	CHECK_EQ(machine_of("microvm"), 0);
	CHECK_STREQ(why, BAD_TYPE);
	CHECK_EQ(machine_of("pcx"), 0);
	CHECK_EQ(machine_of("p"), 0);
	CHECK_EQ(machine_of("q35 machine=pc"), 0);
	CHECK_STREQ(why, BAD_TYPE);
}

TEST("what cannot be understood is said")
{
	static const struct {
		const char *text, *why;
	} bad[] = {
		{ "", NO_MEM },
		{ "01:00.0", NO_MEM },
		{ "mem=1G", NO_MEM },
		{ "01:00.0 mem=", BAD_MEM },
		{ "01:00.0 (mem = )", BAD_MEM },
		{ "01:00.0 mem2=1G",
		  "expected vendor:device[:subvendor:subdevice], 4 digits each" },
		{ "01:00.0 mem=G", BAD_MEM },
		{ "01:00.0 mem=0x", BAD_MEM },
		{ "01:00.0 mem=0", BAD_MEM },
		{ "01:00.0 mem=4194304G", BAD_MEM },
		{ "01:00.0 mem=4096T", BAD_MEM },
		{ "01:00.0 mem=99999999999999999999", BAD_MEM },
		{ "01:00.0 mem=0x10000000", BAD_MEM },
		{ "01:00.0 mem=1E", BAD_MEM },
		{ "01:00.0 mem=1Gi", BAD_MEM },
		{ "01:00.0 mem=.5G", BAD_MEM },
		{ "01:00.0 mem=1G,below4g=0x10000000000000", BAD_LOW },
		{ "01:00.0 mem=1G,below4g=0x", BAD_LOW },
		{ "01:00.0 mem=1G,below4g=0x40000K", BAD_LOW },
		{ "01:00.0 mem=1G,below4g=2048", BAD_LOW },
		{ "01:00.0 mem=1G,below4g=4.1G", BAD_LOW },
		{ "01:00.0 mem=1G mem=1G", BAD_MEM },
		{ "01:00.0 mem=1G,below4g=", BAD_LOW },
		{ "01:00.0 mem=1G,below4g=1G,below4g=1G", BAD_LOW },
		{ "01:00.0 mem", "expected vendor:device[:subvendor:subdevice], 4 digits each" },
		{ "01:00.0 mem 1G", "expected vendor:device[:subvendor:subdevice], 4 digits each" },
		{ "(01:00.0 mem=1G", "no ')' closes this entry" },
		{ "8086:10c9 mem=1G", "expected the address of a device: DDDD:BB:DD.F" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		CHECK_EQ(parse(bad[i].text), -EINVAL);
		CHECK_STREQ(why, bad[i].why);
	}
}

TEST("a request is a list like others: its order, blanks and separators are free (case N4)")
{
	CHECK_EQ(parse("'(01:00.0)',, 02:00.0,3-4; MEM = 1G below4g=1G,"), 0);
	CHECK_EQ(request.devices, 4);
	CHECK_EQ(request.dev[3].devfn, 4);
	CHECK_EQ(request.mem, GB);
	CHECK_EQ(request.below4g, GB);
	CHECK_EQ(parse("mem  =  1G 01:00.0"), 0);
}

TEST("more devices than there is room for")
{
	char text[IE_PRE_DEVICES * 8 + 32];
	size_t i, n = 0;

	for (i = 0; i < IE_PRE_DEVICES; i++)
		n += scnprintf(text + n, sizeof(text) - n, "%s01:%02zx.0", i ? "," : "", i);
	CHECK_EQ(ie_pre_parse(text, n, &request, &why), -EINVAL);
	CHECK_EQ(request.devices, IE_PRE_DEVICES);
	CHECK_STREQ(why, NO_MEM);
	n += scnprintf(text + n, sizeof(text) - n, ",02:00.0");
	CHECK_EQ(ie_pre_parse(text, n, &request, &why), -EINVAL);
	CHECK_STREQ(why, "more than 32 devices");
}

static void ranges(u8 machine, u64 mem, u64 below4g, u64 low_end, u64 high_end)
{
	struct ie_pre_layout layout;

	ie_pre_ram(machine, mem, below4g, &layout);
	REQUIRE(layout.count == 1u + !!low_end + !!high_end);
	if (low_end)
		CHECK_EQ(layout.range[1].end, low_end - 1);
	if (high_end) {
		CHECK_EQ(layout.range[2].start, 4 * GB);
		CHECK_EQ(layout.range[2].end, high_end - 1);
	}
}

TEST("where q35 puts its RAM")
{
	ranges(IE_PRE_Q35, 512 * 1024, 0, 0, 0);
	ranges(IE_PRE_Q35, 1 * GB, 0, 1 * GB, 0);
	ranges(IE_PRE_Q35, 2815 * MB, 0, 2815 * MB, 0);
	ranges(IE_PRE_Q35, 2816 * MB, 0, 2 * GB, 4 * GB + 768 * MB);
	ranges(IE_PRE_Q35, 8 * GB, 0, 2 * GB, 10 * GB);
	ranges(IE_PRE_Q35, 8 * GB, 3 * GB, 2 * GB, 10 * GB);
	ranges(IE_PRE_Q35, 2 * GB, 1 * GB, 1 * GB, 5 * GB);
}

TEST("where i440fx puts its RAM (case M2)")
{
	ranges(IE_PRE_PC, 1 * GB, 0, 1 * GB, 0);
	ranges(IE_PRE_PC, 3583 * MB, 0, 3583 * MB, 0);
	ranges(IE_PRE_PC, 3584 * MB, 0, 3 * GB, 4 * GB + 512 * MB);
	ranges(IE_PRE_PC, 4 * GB, 0, 3 * GB, 5 * GB);
	ranges(IE_PRE_PC, 4 * GB, 2 * GB, 2 * GB, 6 * GB);
	ranges(IE_PRE_PC, 4 * GB, 2049 * MB, 2049 * MB, 6143 * MB);
	ranges(IE_PRE_PC, 3968 * MB, 4 * GB, 3968 * MB, 0);
	ranges(IE_PRE_PC, 4 * GB, 4 * GB, 3 * GB, 5 * GB);
	ranges(IE_PRE_PC, 1 * GB, 3 * GB, 1 * GB, 0);
}

static void ask(const char *text)
{
	CHECK_EQ(parse(text), 0);
	memset(now, 0, sizeof(now));
	question = (struct ie_pre_question) {
		.request = &request, .now = now, .region = region, .others = "",
	};
}

static void reserved(u8 device, u64 start, u64 end, bool relaxable)
{
	region[question.regions++] = (struct ie_pre_region) { { start, end }, device, relaxable };
}

static void answer_is(const char *text)
{
	CHECK_EQ(ie_pre_answer(&question, answer, sizeof(answer)), strlen(text));
	CHECK_STREQ(answer, text);
}

/* These lines are there; NULL ends the list. */
static void says(const char *first, ...)
{
	const char *line;
	char whole[200];
	va_list args;

	ie_pre_answer(&question, answer, sizeof(answer));
	va_start(args, first);
	for (line = first; line; line = va_arg(args, const char *)) {
		scnprintf(whole, sizeof(whole), "%s\n", line);
		if (!strstr(answer, whole))
			ktap_fail(__FILE__, __LINE__, "not said: %s\n%s", line, answer);
	}
	va_end(args);
}

#define FIRMWARE "do: look for the firmware's own switch first (HPE: Shared Memory Features; " \
		 "AM5: Pre-boot DMA Protection)"
#define LOW_CURE "do: policy relaxed-low; RAM of a PC below 1 MB cannot be kept away"

TEST("nothing is reserved")
{
	ask("01:00.0 mem=4G");
	answer_is("strict=yes reserve=yes map=yes relaxed=yes relaxed-low=yes\n");
}

TEST("reserved outside of RAM: all but strict; a VF would do")
{
	ask("01:00.0 mem=4G machine=q35");
	reserved(0, 0xbb800000, 0xbbffffff, false);
	question.has_vfs = 1;
	answer_is("strict=no reserve=yes map=yes relaxed=yes relaxed-low=yes\n"
		  "now: 0000:01:00.0 has policy strict\n"
		  FIRMWARE "\n"
		  "do: use a VF of 0000:01:00.0, for VFs nothing is reserved\n"
		  "do: policy reserve; map if the kernel log then has DMA faults there\n"
		  "outside of RAM:\n"
		  "  strict: refused\n"
		  "  reserve, relaxed-low, relaxed: given, what firmware does there fails\n"
		  "  map: given, what firmware does there works\n"
		  "0000:01:00.0 0xbb800000-0xbbffffff is outside of the guest's RAM\n");
}

TEST("reserved in RAM: only relaxed; a limit keeps RAM away; a device is named once")
{
	ask("01:00.0,02:00.0 mem=4G");
	reserved(0, 0x38000000, 0x3800ffff, false);
	reserved(0, 0x39000000, 0x3900ffff, false);
	reserved(1, 0x37f80000, 0x37f8ffff, true);
	question.has_vfs = 3;
	answer_is("strict=no reserve=no map=no relaxed=yes relaxed-low=no\n"
		  "now: 0000:01:00.0 has policy strict\n"
		  FIRMWARE "\n"
		  "do: use a VF of 0000:01:00.0, for VFs nothing is reserved\n"
		  "do: policy reserve, and keep RAM away: max-ram-below-4g=896M\n"
		  "reserved at boot only: given by Linux itself\n"
		  "in RAM:\n"
		  "  strict: refused\n"
		  "  reserve, map, relaxed-low: refused when QEMU maps its RAM there\n"
		  "  relaxed: given, what firmware writes there lands in the guest's RAM\n"
		  "0000:01:00.0 0x38000000-0x3800ffff is in the guest's RAM\n"
		  "0000:01:00.0 0x39000000-0x3900ffff is in the guest's RAM\n"
		  "0000:02:00.0 0x37f80000-0x37f8ffff is reserved at boot only, in the guest's RAM\n");
	/* What it says holds. */
	ask("01:00.0 mem=4G,below4g=896M");
	question.regions = 3;
	ie_pre_answer(&question, answer, sizeof(answer));
	CHECK(!strncmp(answer, "strict=no reserve=yes map=yes", 29));
}

/* What the firmware of a ProLiant Gen8 reserves for each of its NICs. */
static void gen8(u8 device)
{
	static const struct ie_pre_range ranges[] = {
		{ 0xbdffd000, 0xbdffffff }, { 0xbdff6000, 0xbdffcfff },
		{ 0xbdf83000, 0xbdf84fff }, { 0xbdf7f000, 0xbdf82fff },
		{ 0xbdf6f000, 0xbdf7efff }, { 0xbdf6e000, 0xbdf6efff },
		{ 0x000f4000, 0x000f4fff }, { 0x000e8000, 0x000e8fff },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(ranges); i++)
		reserved(device, ranges[i].start, ranges[i].end, false);
}

TEST("a Gen8's NIC: relaxed-low, with any memory on q35 (case M1)")
{
	static const char *const mem[] = { "384", "2048", "2815", "2816", "4096", "65536" };
	char text[64];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(mem); i++) {
		scnprintf(text, sizeof(text), "03:00.0 mem=%s machine=q35", mem[i]);
		ask(text);
		gen8(0);
		says("strict=no reserve=no map=no relaxed=yes relaxed-low=yes", FIRMWARE,
		     LOW_CURE, "0000:03:00.0 0xf4000-0xf4fff is in the guest's RAM",
		     "0000:03:00.0 0xbdf6e000-0xbdf6efff is outside of the guest's RAM",
		     "in RAM below 1 MB:", "  reserve, map: refused when QEMU maps its RAM there",
		     "  relaxed-low, relaxed: given, what firmware writes there lands in the guest's RAM",
		     NULL);
		CHECK(!strstr(answer, "last resort") && !strstr(answer, "below-4g"));
	}
}

TEST("a Gen8's NIC on i440fx: from 3 GB on, RAM has to be kept away, too (case M1)")
{
	ask("03:00.0 mem=3039M machine=pc");
	gen8(0);
	says("strict=no reserve=no map=no relaxed=yes relaxed-low=yes", LOW_CURE, NULL);
	ask("03:00.0 mem=3040M machine=pc");
	gen8(0);
	says("strict=no reserve=no map=no relaxed=yes relaxed-low=no",
	     "do: policy relaxed-low, and machine type q35, which has no RAM there",
	     "do: policy relaxed-low, and keep RAM away: max-ram-below-4g=2048M",
	     "0000:03:00.0 0xbdf6e000-0xbdf6efff is in the guest's RAM", NULL);
	/* What it says holds. */
	ask("03:00.0 mem=4096 machine=pc below4g=2048M");
	gen8(0);
	says("strict=no reserve=no map=no relaxed=yes relaxed-low=yes", LOW_CURE, NULL);
}

TEST("without a machine type the answer holds for both, and says where they differ (case M2)")
{
	ask("03:00.0 mem=4G");
	gen8(0);
	says("strict=no reserve=no map=no relaxed=yes relaxed-low=no",
	     "do: policy relaxed-low, and machine type q35, which has no RAM there",
	     "0000:03:00.0 0xbdf6e000-0xbdf6efff is in the guest's RAM with machine type pc",
	     "0000:03:00.0 0xe8000-0xe8fff is in the guest's RAM", NULL);
	ask("03:00.0 mem=2900");
	reserved(0, 0xb4000000, 0xb400ffff, false);
	says("0000:03:00.0 0xb4000000-0xb400ffff is in the guest's RAM with machine type pc", NULL);
}

TEST("an answer names a cure when two devices have as much as a Gen8's (case M2)")
{
	ask("03:00.0,1 mem=4G");
	gen8(0);
	gen8(1);
	CHECK(ie_pre_answer(&question, answer, sizeof(answer)) < sizeof(answer) - 1);
	CHECK(!!strstr(answer, "0000:03:00.1 0xe8000-0xe8fff is"));
}

TEST("no limit helps: too low, or above 4 GB; there is a last resort (case M2)")
{
	static const char last[] = "do: policy relaxed, the last resort: nothing keeps RAM away";

	ask("01:00.0 mem=4G");
	reserved(0, 0xe8000, 0xe8fff, false);
	question.others = "0000:01:00.1 0000:01:00.2";
	says("do: give the whole set, or leave it without drivers: 0000:01:00.1 0000:01:00.2",
	     LOW_CURE, NULL);
	ask("01:00.0 mem=4G");
	reserved(0, 4 * GB, 4 * GB + 0xfff, false);
	says("strict=no reserve=no map=no relaxed=yes relaxed-low=no", last, NULL);
	ask("01:00.0 mem=4G");
	reserved(0, 16 * MB, 16 * MB + 0xfff, false);
	says(last, NULL);
	ask("01:00.0 mem=4G");
	reserved(0, 64 * MB, 64 * MB + 0xfff, false);
	says("do: policy reserve, and keep RAM away: max-ram-below-4g=64M", NULL);
}

TEST("what begins below 1 MB counts as low, to its end (case M1)")
{
	ask("01:00.0 mem=1G");
	reserved(0, 0, 0xfff, false);
	reserved(0, 0xff000, 0x1fffff, false);
	says("strict=no reserve=no map=no relaxed=yes relaxed-low=yes", LOW_CURE, NULL);
	ask("01:00.0 mem=1G");
	reserved(0, 0x100000, 0x100fff, false);
	says("strict=no reserve=no map=no relaxed=yes relaxed-low=no", NULL);
}

TEST("which policy is in force is said, and what the rules want (case M2)")
{
	ask("01:00.0 02:00.0 03:00.0 mem=4G machine=q35");
	reserved(0, 0xbb800000, 0xbbffffff, false);
	reserved(2, 0xbb800000, 0xbbffffff, false);
	now[0] = (struct ie_pre_now) { .wanted = IE_MAP, .policy = IE_MAP };
	now[2] = (struct ie_pre_now) { .wanted = IE_RESERVE, .policy = IE_STRICT };
	says("now: 0000:01:00.0 has policy map",
	     "now: 0000:03:00.0 has policy strict; reserve is wanted", FIRMWARE, NULL);
	CHECK(!strstr(answer, "0000:02:00.0"));
	now[2].policy = IE_RESERVE;
	says("do: nothing, the policy in force will do", NULL);
	CHECK(!strstr(answer, FIRMWARE));
	question.mode = "the driver of this IOMMU is not known";
	says("now: no policy can be put into force: the driver of this IOMMU is not known", NULL);
}

TEST("a policy in force that does not do is no reason to do nothing (case M2)")
{
	ask("01:00.0 mem=4G");
	gen8(0);
	now[0] = (struct ie_pre_now) { .wanted = IE_MAP, .policy = IE_MAP };
	says(FIRMWARE, NULL);
	now[0].policy = IE_RELAXED_LOW;
	says("do: policy relaxed-low, and machine type q35, which has no RAM there", NULL);
	ask("01:00.0 mem=2G");
	gen8(0);
	now[0] = (struct ie_pre_now) { .wanted = IE_RELAXED_LOW, .policy = IE_RELAXED_LOW };
	says("do: nothing, the policy in force will do", NULL);
}

TEST("the policies in force may differ, each has to do for its device (case M2)")
{
	ask("01:00.0 02:00.0 mem=384");
	gen8(0);
	reserved(1, 0xbb800000, 0xbbffffff, false);
	now[0] = (struct ie_pre_now) { .wanted = IE_RELAXED_LOW, .policy = IE_RELAXED_LOW };
	now[1] = (struct ie_pre_now) { .wanted = IE_RESERVE, .policy = IE_RESERVE };
	says("do: nothing, the policy in force will do", NULL);
	now[1].policy = IE_MAP;
	says("do: nothing, the policy in force will do", NULL);
	now[1].policy = IE_RELAXED_LOW;
	says("do: nothing, the policy in force will do", NULL);
	now[1].policy = IE_STRICT;
	says(FIRMWARE, NULL);
	now[1].policy = IE_RESERVE;
	now[0].policy = IE_RESERVE;
	says(FIRMWARE, NULL);
	now[0].policy = IE_MAP;
	says(FIRMWARE, NULL);
}

TEST("a kernel that refuses nothing: strict is as reserve (case M2)")
{
	ask("01:00.0 mem=2G");
	reserved(0, 0xbb800000, 0xbbffffff, false);
	question.kernel = IE_KERNEL_NOTHING;
	answer_is("strict=yes reserve=yes map=yes relaxed=yes relaxed-low=yes\n"
		  "now: 0000:01:00.0 has policy strict\n"
		  "outside of RAM:\n"
		  "  strict, reserve, relaxed-low, relaxed: given, what firmware does there fails\n"
		  "  map: given, what firmware does there works\n"
		  "0000:01:00.0 0xbb800000-0xbbffffff is outside of the guest's RAM\n");
	ask("01:00.0 mem=2G");
	reserved(0, 0xe8000, 0xe8fff, false);
	question.kernel = IE_KERNEL_NOTHING;
	says("strict=no reserve=no map=no relaxed=yes relaxed-low=yes",
	     "  strict, reserve, map: refused when QEMU maps its RAM there", LOW_CURE, NULL);
}

TEST("without an IOMMU nothing is given, whatever is reserved (case M28)")
{
	static const char cure[] = "do: switch the IOMMU on: VT-d or AMD-Vi in the firmware, "
				   "intel_iommu=on for Linux, no iommu=0 for Xen";

	ask("01:00.0,02:00.0 mem=4G");
	now[1].no_iommu = true;
	answer_is("strict=no reserve=no map=no relaxed=no relaxed-low=no\n"
		  "now: 0000:02:00.0 has no IOMMU, nothing can be given\n"
		  "do: switch the IOMMU on: VT-d or AMD-Vi in the firmware, "
		  "intel_iommu=on for Linux, no iommu=0 for Xen\n");
	reserved(1, 0xe8000, 0xe8fff, false);
	says("strict=no reserve=no map=no relaxed=no relaxed-low=no", cure, NULL);
	CHECK(!strstr(answer, "policy"));
}

TEST("an answer that does not fit is cut off")
{
	ask("01:00.0 mem=4G");
	reserved(0, 0xe8000, 0xe8fff, false);
	CHECK_EQ(ie_pre_answer(&question, answer, 50), 49);
	CHECK_EQ(answer[49], '\0');
}
