# SPDX-License-Identifier: GPL-2.0
#
# What check.sh prints of its parts' lines "PART<tab>TEXT": test points numbered through,
# how far it has come and when it may end after each part, a table and the sum at the end.
#
# Variables: parts    names of all parts
#            times    file with the seconds of each, the last time; parts take about as long
#            at_once  how many machines run side by side
#            began    seconds since the epoch

function clock() { "date +%s" | getline time; close("date +%s"); return time }
function expected(part) { return part in last ? last[part] : 60 }
function progress(part, result, seconds, cpu,    i, left) {
	for (i = 1; i <= total; i++) if (!(name[i] in took)) left += expected(name[i])
	printf "# [%d of %d] %s: %s, %d s%s; about %d min to go\n", done, total, part,
		result, seconds, cpu ? " (" cpu " s of CPU)" : "", left / at_once / 60 + 0.5
}
function remember(    part) {
	for (part in last) print part, last[part] >times
	close(times)
}
BEGIN {
	total = split(parts, name, " ")
	while ((getline line <times) > 0) { split(line, word, " "); last[word[1]] = word[2] }
	close(times)
}
{
	part = $1
	line = substr($0, length(part) + 2)
	sub(/\r$/, "", line)
}
line ~ /^(KTAP version|TAP version|1\.\.[0-9]+)/ { next }
line ~ /ended after [0-9]+ s, [0-9.]+ s of CPU/ {
	split(line, word, /ended after | s, | s of CPU/); cpu[part] = word[3]
}
line ~ /booted and saved in [0-9]+ s, [0-9.]+ s of CPU/ {
	split(line, word, /saved in | s, | s of CPU/); boots += word[3]; saved++
}
line ~ /^TIME / {
	split(line, word, " ")
	row[++rows] = part; took[part] = word[2]; end[part] = word[3]
	if (word[3] == "ok") last[part] = word[2]
	if (part == "prepare") next
	done++
	progress(part, word[3], word[2], cpu[part])
	fflush(); next
}
line ~ /^(not )?ok( |$)/ {
	good = line !~ /^not/
	sub(/^(not )?ok *[0-9]* *(- )?/, "", line)
	# A name that says its part already does not say it twice.
	if (index(line, part) != 1 && line !~ /^bed: /) line = part ": " line
	printf "%s %d %s\n", good ? "ok" : "not ok", ++tests, line
	if (good && line ~ /# SKIP/) skipped++
	else if (good) passed++
	else { failed++; bad[failed] = line }
	fflush(); next
}
{
	sub(/^# ?/, "", line)
	print "# " part ": " line
	fflush()
}
END {
	print "1.." tests + 0
	if (!tests) { failed = 1; bad[1] = "no test ran" }
	print "#"
	printf "# %-26s %8s %8s  %s\n", "part", "seconds", "CPU", "result"
	for (i = 1; i <= rows; i++) {
		part = row[i]
		if (part in cpu) sum += cpu[part]
		printf "# %-26s %8d %8s  %s\n", part, took[part],
			part in cpu ? sprintf("%.0f", cpu[part]) : "-", end[part]
	}
	if (saved) printf "# %-26s %8s %8.0f\n", saved " machines to save", "-", boots
	sum += boots
	printf "# %-26s %8d %8.0f\n", "all, wall time", clock() - began, sum
	for (i = 1; i <= failed; i++) print "# failed: " bad[i]
	remember()
	printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped
	exit failed != 0
}
