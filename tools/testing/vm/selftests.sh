# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154  # variables are those of run.sh
#
# The suites in a test machine: kselftest, installed. To be sourced by run.sh.
#
# It is installed once and kept in the cache, under the hash of all that goes into it. The
# programs are static: the machine's C library is its own.

# selftests_files: what goes into the installed folder.
selftests_files() {
	(cd "$top" && {
		find tools/testing/{selftests,oracle} samples -type f
		find compat include drivers/{pciback-ng,sriov-mbox} -name '*.h' -o -name '*_core.c'
		echo tools/testing/lint/kernel-scripts.sh tools/testing/vm/selftests.sh | xargs -n 1
	} | sort)
}

selftests_key() {
	local files

	mapfile -t files < <(selftests_files)
	(cd "$top" && { cc --version && sha256sum "${files[@]}"; } | sha256sum | cut -c1-12)
}

# selftests_install DIR: build and install all folders. Of what edited suites left behind,
# the folders that were not used for a week go.
selftests_install() {
	rm -rf "$1.new" "$1.stage"
	note "building the selftests"
	make -s -C "$top/tools/testing/selftests" install STAGE="$1.stage" INSTALL_PATH="$1.new" \
		KSFT='' USERLDFLAGS='-static -s' >&2 || return
	rm -rf "$1.stage"
	mv "$1.new" "$1"
	find "$CACHE" -maxdepth 1 -name 'selftests-*' -mtime +7 -exec rm -rf {} +
}

# selftests_installed: make sure that they are in the cache; print the folder. A subshell,
# so that the lock is held no longer.
selftests_installed() (
	dir=$CACHE/selftests-$(selftests_key)
	if [ ! -d "$dir" ]; then
		# It takes the lock itself.
		"$here/../lint/kernel-scripts.sh" >/dev/null
		cache_lock
		[ -d "$dir" ] || selftests_install "$dir" ||
			die "cannot build the selftests; cure: tools/deps.sh build"
	fi
	touch "$dir"
	echo "$dir"
)

# The folder of the suite, or all for a shell; and the programs that guests run.
stage_suites() {
	local installed folder dir=$RUN/payload/selftests

	installed=$(selftests_installed)
	mkdir -p "$dir" "$RUN/guest/bin"
	if [ -n "$SUITE" ]; then
		folder=$(basename "${SUITE_FILE%/*}")
		(cd "$installed" && cp -pr run_kselftest.sh kselftest passthrough-lib "$folder" "$dir/")
		# Suites that only measure are not in kselftest's own list.
		echo "$folder:$SUITE.sh" >"$dir/kselftest-list.txt"
	else
		cp -pr "$installed/." "$dir/"
	fi
	cp "$installed"/pciback-ng/{xs,config_times,bar} \
		"$installed"/sriov-mbox/{mbox_config,vmbox_abi,vmbox_guest,vmbox_ping} "$RUN/guest/bin/"
	if [ -n "$YNL" ]; then
		cp -rL "$YNL" "$RUN/payload/ynl"
		cp "$top"/Documentation/netlink/specs/*.yaml "$RUN/payload/ynl/"
	fi
}

# selftests_unnest: what kselftest's runner makes of a suite's lines is undone; its own
# lines become comments.
selftests_unnest() {
	sed -u '/^# \(timeout set to\|selftests:\) /b; /^#/!{ s/^/# /; b; }; s/^# \{0,1\}//'
}

# selftests_ended LOG: the suite came to its last line, and the runner to its own.
selftests_ended() {
	grep -q '^# Totals:' "$1" && tail -n 1 "$1" | grep -qE '^# (not )?ok 1 selftests: '
}
