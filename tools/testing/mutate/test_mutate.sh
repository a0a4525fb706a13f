#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Mutation testing itself: with a good test, a weak one and none that looks.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/drivers" "$work/good" "$work/weak" "$work/broken"

cat >"$work/drivers/small_core.c" <<'END'
/* A comment: a < b && c */
#define LIMIT 7
int small(int a);
int small(int a)
{
	if (a > LIMIT)
		return -1;
	return a;
}
END
cat >"$work/good/test_small.c" <<'END'
int small(int a);
int main(void) { return !(small(8) == -1 && small(7) == 7 && small(3) == 3 && small(9) == -1); }
END
cat >"$work/weak/test_small.c" <<'END'
int small(int a);
int main(void) { return small(3) != 3; }
END
echo 'int main(void) { return 1; }' >"$work/broken/test_small.c"
cat >"$work/explained" <<'END'
# A survivor of the weak test, and something that is none.

small_core.c small
- return -1;
+ return 1;
= nobody asks

small_core.c small
- return a;
+ return b;
= nobody wrote that
END

failed=0
number=0

# result NAME CONDITION...: one line; what mutate.py said when it is not so.
result()
{
	local name=$1

	shift
	number=$((number + 1))
	if "$@"; then
		echo "ok $number $name"
	else
		echo "not ok $number $name"
		sed 's/^/# /' "$work/log"
		failed=1
	fi
}

# mutate TESTS [OPTION...]: its exit code is in $rc.
mutate()
{
	rc=0
	"$here/mutate.py" --sources "$work/drivers" --tests "$work/$1" --out "$work/out" \
		--survivors "$work/none" "${@:2}" >"$work/log" 2>&1 || rc=$?
}

says()
{
	[ "$rc" = "$1" ] && grep -qE -e "$2" "$work/log"
}

ends_with()
{
	[ "$rc" = "$1" ] && tail -n 1 "$work/log" | grep -qE "^mutation score $2 %\$"
}

echo "KTAP version 1"
echo "1..8"
mutate good --list
result "operators, constants, results and statements are changed" \
	says 0 'small_core.c:6: operator: if \(a > LIMIT\) => if \(a >= LIMIT\)'
result "comments are not" eval '! says 0 small_core.c:1:'
mutate good
result "a good test kills every mutant" ends_with 0 100
mutate weak
result "without its tests the score falls, and that is a failure" ends_with 1 '[1-6]?[0-9]'
result "each survivor is shown with its place" says 1 '^- return -1;$'
mutate weak --survivors "$work/explained"
result "an explained survivor is printed with its reason, and counts" \
	eval "says 1 '^= nobody asks' && ends_with 1 '[1-6]?[0-9]'"
result "an explanation of what does not survive is told" says 1 'does not survive .*small_core.c small'
mutate broken
result "tests that fail by themselves judge nothing" says 1 'fails without any change'
exit "$failed"
