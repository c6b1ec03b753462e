# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh
#
# chroot.sh: commands in chroots of Debian's suites. To be sourced.

# within ROOT COMMAND: with /proc, and with mounts and processes that end with it.
within()
{
	root=$1
	shift
	unshare --mount --pid --fork --mount-proc="$root/proc" \
		chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
		DEBIAN_FRONTEND=noninteractive \
		${http_proxy:+http_proxy="$http_proxy"} ${https_proxy:+https_proxy="$https_proxy"} "$@"
}

# upgrade ROOT: sid moves, and a mirror may not: an index that is older than it says it may be is still
# signed, and good enough to see whether something builds.
upgrade()
{
	echo 'Acquire::Check-Valid-Until "false";' >"$1/etc/apt/apt.conf.d/90stale-mirror"
	cp /etc/resolv.conf "$1/etc/resolv.conf"
	within "$1" apt-get -q update
	within "$1" apt-get -q -y --no-install-recommends dist-upgrade
}
