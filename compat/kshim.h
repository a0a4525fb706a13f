/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The few kernel words that *_core.c files use, for user space: those files
 * compile here too, for unit tests and fuzzing. A core file that needs more than
 * this is perhaps no pure logic.
 */
#ifndef COMPAT_KSHIM_H
#define COMPAT_KSHIM_H

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int8_t s8;
typedef int16_t s16;
typedef int32_t s32;
typedef int64_t s64;

#ifndef U8_MAX
#define U8_MAX UINT8_MAX
#define U16_MAX UINT16_MAX
#define U32_MAX UINT32_MAX
#define U64_MAX UINT64_MAX
#endif

#define BIT(n) (1UL << (n))
#define GENMASK(h, l) ((~0UL << (l)) & (~0UL >> (sizeof(long) * CHAR_BIT - 1 - (h))))
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define DIV_ROUND_UP(n, d) (((n) + (d) - 1) / (d))
#define ALIGN_DOWN(x, a) ((x) & ~((typeof(x))(a) - 1))
#define ALIGN(x, a) ALIGN_DOWN((x) + (a) - 1, a)
#define IS_ALIGNED(x, a) (((x) & ((typeof(x))(a) - 1)) == 0)

#define min(a, b) ({ typeof(a) _a = (a); typeof(b) _b = (b); _a < _b ? _a : _b; })
#define max(a, b) ({ typeof(a) _a = (a); typeof(b) _b = (b); _a > _b ? _a : _b; })
#define min_t(type, a, b) min((type)(a), (type)(b))
#define max_t(type, a, b) max((type)(a), (type)(b))
#define clamp(v, lo, hi) min(max(v, lo), hi)
#define swap(a, b) do { typeof(a) _s = (a); (a) = (b); (b) = _s; } while (0)

#define div_u64(a, b) ((uint64_t)(a) / (b))
#define barrier() __atomic_signal_fence(__ATOMIC_SEQ_CST)
#define READ_ONCE(x) (*(const volatile typeof(x) *)&(x))
#define WRITE_ONCE(x, v) (*(volatile typeof(x) *)&(x) = (v))
/* Of a ring in memory that is shared with somebody. */
#define virt_mb() __atomic_thread_fence(__ATOMIC_SEQ_CST) /* what came before is seen */
#define virt_load_acquire(p) __atomic_load_n(p, __ATOMIC_ACQUIRE) /* what comes after */
#define virt_store_release(p, v) __atomic_store_n(p, v, __ATOMIC_RELEASE) /* before */
#define virt_store_mb(var, v) __atomic_store_n(&(var), v, __ATOMIC_SEQ_CST) /* both */

#define ERESTARTSYS 512		/* the first that user space never sees */

/* About what a processor does before it knows better, which no test here sees. */
#define array_index_nospec(i, n) ((void)(n), (i))

#define fallthrough __attribute__((__fallthrough__))
#define __must_check __attribute__((__warn_unused_result__))
#define __printf(f, a) __attribute__((__format__(printf, f, a)))
#define __maybe_unused __attribute__((__unused__))
#define EXPORT_SYMBOL_GPL(symbol)
#define offsetofend(type, member) (offsetof(type, member) + sizeof(((type *)0)->member))

#undef static_assert
#define static_assert(expr, ...) _Static_assert(expr, #expr)

/* How long @prefix is, 0 when it is none. */
static inline size_t __maybe_unused str_has_prefix(const char *s, const char *prefix)
{
	size_t len = strlen(prefix);

	return strncmp(s, prefix, len) == 0 ? len : 0;
}

/* The kernel's takes any digit below 16; -1 where there is none. */
static inline int __maybe_unused hex_to_bin(unsigned char c)
{
	if (!isxdigit(c))
		return -1;
	return isdigit(c) ? c - '0' : tolower(c) - 'a' + 10;
}

/* The kernel's takes a function for swapping, too. */
static inline void __maybe_unused sort(void *base, size_t num, size_t size,
				       int (*cmp)(const void *, const void *), void *swap_fn)
{
	(void)swap_fn;
	qsort(base, num, size, cmp);
}

/* The length, or -E2BIG where it had to cut. */
static inline ssize_t __maybe_unused strscpy(char *dst, const char *src, size_t size)
{
	size_t len = strnlen(src, size);

	if (!size)
		return -E2BIG;
	if (len == size) {
		memcpy(dst, src, size - 1);
		dst[size - 1] = '\0';
		return -E2BIG;
	}
	memcpy(dst, src, len + 1);
	return len;
}

/* What was really written, never more than there is room for. */
static inline int __printf(3, 4) __maybe_unused
scnprintf(char *buf, size_t size, const char *fmt, ...)
{
	__builtin_va_list args;
	int len;

	if (!size)
		return 0;
	__builtin_va_start(args, fmt);
	len = vsnprintf(buf, size, fmt, args);
	__builtin_va_end(args);
	return len < (int)size ? len : (int)size - 1;
}

#endif /* COMPAT_KSHIM_H */
