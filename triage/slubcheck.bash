# SPDX-License-Identifier: GPL-3.0-or-later
# bash completion of slubcheck(1).
# shellcheck shell=bash

_slubcheck()
{
	local words='--all --memmap --lists-only --cache --help --slabinfo --json --next --address --verbose
		--vmlinux --vmlinux-dir --debuginfod --no-vmlinux --no-cache --split --summary --fail-on --color
		--objects --diff --expect --batch --retry --output --jobs --time-limit --memory-limit --group --since
		--selftest --sort --top --map --order --refs --dangling --budget
		--unaligned --outside --live --every --count --json-log --on-corrupt --textfile --nice --max-rate --version --severity --severity-file --why --explain --html -a -A -D -L -c -F -h -i -j -J -m -n -o -r -s -S -v -w'
	local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}

	case $before in
	--fail-on)
		mapfile -t COMPREPLY < <(compgen -W 'unknown corrupt never' -- "$current")
		return
		;;
	--sort)
		mapfile -t COMPREPLY < <(compgen -W 'size objects waste name' -- "$current")
		return
		;;
	--color)
		mapfile -t COMPREPLY < <(compgen -W 'auto always never' -- "$current")
		return
		;;
	--cache | --map | --refs | --dangling | --budget | --next | --address | --jobs | --time-limit | --memory-limit | --severity | --every | --count | --on-corrupt | --nice | --max-rate | -c | -n | -r | -s | -S | -J)
		return
		;;
	esac
	if [[ $current == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
	else
		mapfile -t COMPREPLY < <(compgen -f -- "$current")
	fi
}

complete -o filenames -F _slubcheck slubcheck
