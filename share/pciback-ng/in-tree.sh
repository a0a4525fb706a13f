# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2154,SC2254  # variables of load-driver; patterns
#
# The in-tree xen-pciback and pci-stub in the place of pciback-ng.  To be sourced by
# load-driver, whose options and functions it uses.
#
# The in-tree xen-pciback refuses to load for one entry of hide= that it does not know, so
# it gets those that it knows; without those of its own parameters it knows the kernel says
# so and goes on.

# A list like 0,2-4 of functions, of which the in-tree driver knows but one or all.
# has_function LIST NUMBER
has_function()
{
	local IFS=, part

	for part in $1; do
		if [ "${part%-*}" -le "$2" ] && [ "$2" -le "${part#*-}" ]; then
			return 0
		fi
	done
	return 1
}

# is_bus TEXT: [DDDD:]BB
is_bus()
{
	local hex='[0-9a-fA-F]'

	case ${1#*:} in
	$hex | $hex$hex) ;;
	*) return 1 ;;
	esac
	case $1 in
	*:*)
		case ${1%%:*} in
		$hex | $hex$hex | $hex$hex$hex | $hex$hex$hex$hex) ;;
		*) return 1 ;;
		esac
		;;
	esac
}

# hide_address TEXT: sort an address into hide.
hide_address()
{
	local hex='[0-9a-fA-F]' slot="${1##*:}" list number

	is_bus "${1%:*}" || return 1
	list=${slot#*.}
	case $slot in
	'*.*' | $hex.[0-7*] | [01]$hex.[0-7*])
		hide="$hide($1)"
		return
		;;
	$hex.[0-7]* | [01]$hex.[0-7]*) ;;
	*) return 1 ;;
	esac
	case $list in
	*[!0-7,-]* | *[,-][,-]* | [,-]* | *[,-] | *[0-7][0-7]* | *-?-*) return 1 ;;
	esac
	for number in 0 1 2 3 4 5 6 7; do
		! has_function "$list" "$number" || hide="$hide(${1%.*}.$number)"
	done
}

# add_ids TEXT: an id for pci-stub, which hides by ids alone.
add_ids()
{
	local hex='[0-9a-fA-F]' id

	id=$hex$hex$hex$hex:$hex$hex$hex$hex
	case $1 in
	$id | $id:$id) ids=$ids${ids:+,}$1 ;;
	*) return 1 ;;
	esac
}

# sort_rule RULE: by what can hide it; fails where nothing can.  A slot and a policy are lost,
# the device stays hidden.
sort_rule()
{
	local plain="$1" option

	for option in policy msitranslate rdm_policy; do
		plain=${plain%%[\;,]"$option="*}
		plain=${plain%%[\;,]" $option="*}
	done
	plain=${plain%%@*}
	plain=${plain#"${plain%%[! ]*}"}
	plain=${plain%"${plain##*[! ,;]}"}
	case $plain in
	*:*.*) hide_address "$plain" || return ;;
	*) add_ids "$plain" || return ;;
	esac
	case $1 in
	*[\;@=]*) lost_options="$lost_options ($1)" ;;
	esac
}

# sort_entries TEXT: a rule, or several as pt_list.h parts them.  What is left out is the host's
# anyway, but for what pci-stub has by ids.
sort_entries()
{
	local IFS=" $tab$nl,;" word

	! sort_rule "$1" || return 0
	# shellcheck disable=SC2086  # split at each gap
	set -- $1
	for word; do
		case $word in
		'') ;;
		'!'* | policy=* | msitranslate=* | rdm_policy=*) lost_options="$lost_options ($word)" ;;
		*) sort_rule "$word" || lost_rules="$lost_rules($word)" ;;
		esac
	done
}

# sort_list TEXT: parentheses can be left out.  To the shell of klibc, which an initramfs without
# busybox has, single quotes in an expansion between double ones are characters.
sort_list()
{
	local rest="$1"

	while :; do
		case $rest in
		*'('*')'*) ;;
		*) break ;;
		esac
		sort_entries "${rest%%[(]*}"
		rest=${rest#*[(]}
		sort_entries "${rest%%)*}"
		rest=${rest#*)}
	done
	sort_entries "$rest"
}

# without_quotes TEXT: of either kind; single ones are for a shell that has not seen them.
without_quotes()
{
	local rest="$1" text=''

	while :; do
		case $rest in
		*["$quote'"]*) text=$text${rest%%["$quote'"]*} rest=${rest#*["$quote'"]} ;;
		*) break ;;
		esac
	done
	echo "$text$rest"
}

# sort_options WORD...: of one module, of which the last list counts.
sort_options()
{
	local list='' more='' word

	for word; do
		word=$(without_quotes "$word")
		case $word in
		hide=*) list=${word#*=} ;;
		ids=*) more=${word#*=} ;;
		permissive | permissive=* | passthrough | passthrough=*) options=$options$nl$word ;;
		*) lost_options="$lost_options $word" ;;
		esac
	done
	sort_list "$list"
	[ -z "$more" ] || ids=$ids${ids:+,}$more
}

# in_tree_file NAME: where ours is installed and refused, modprobe knows the name for ours.
in_tree_file()
{
	local file

	set +f
	for file in "/lib/modules/$kernel/kernel/drivers/xen/xen-pciback/$1.ko"* \
		"/lib/modules/$kernel/kernel/drivers/pci/$1.ko"*; do
		[ ! -e "$file" ] || echo "$file"
	done
	set -f
}

# insert_in_tree NAME [OPTION...]: by a configuration without aliases and options.
insert_in_tree()
{
	local name="$1" file

	file=$(in_tree_file "$name")
	if [ -z "$file" ]; then
		MODPROBE_OPTIONS='' /sbin/modprobe -C /dev/null "$@" 2>&1
		return
	fi
	shift
	/sbin/insmod "$file" "$@" 2>&1
}

# load_in_tree NAME [OPTION...]
load_in_tree()
{
	local IFS=' ' said

	if said=$(insert_in_tree "$@"); then
		[ -z "$said" ] || echo "$said"
		say "not installed for kernel $kernel or refused by it: the in-tree $* stands in for it"
		return 0
	fi
	say "the in-tree $* cannot be loaded either: $said"
	return 1
}

# Under another hypervisor or none xen-pciback does not load; then it hides nothing.
stand_in()
{
	local IFS="$nl" name word

	for name in xen-pciback pciback pciback-ng pci-stub; do
		# shellcheck disable=SC2046  # one word a line
		sort_options $(all_options "$name")
	done

	set -- "hide=$hide"
	for word in $options; do
		set -- "$@" "$word"
	done
	[ -z "$hide$options" ] || load_in_tree xen-pciback "$@" || :
	[ -z "$ids" ] || load_in_tree pci-stub "ids=$ids" || :

	[ -z "$lost_rules" ] || say "NOT HIDDEN, the in-tree drivers do not know such rules: $lost_rules"
	[ -z "$lost_options" ] || say "without effect in the in-tree drivers:$lost_options"
}
