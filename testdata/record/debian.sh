# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh
#
# debian.sh: packages of other suites than the host's. To be sourced; $cache is
# where things are kept. The host's sources and lists of packages stay as they
# are.
# shellcheck disable=SC2154 # $cache

keyring=/usr/share/keyrings/debian-archive-keyring.gpg

# suites_of RELEASE: where Debian has kernels of that release.
suites_of()
{
	case ${1%%-*} in
	5.10) echo bullseye bullseye-security ;;
	6.1) echo bookworm bookworm-security ;;
	6.12) echo bookworm-security ;;
	*) echo trixie-backports ;;
	esac
}

# mirror_named PATTERN: where the host has the first suite of such a name from.
mirror_named()
{
	# shellcheck disable=SC2016 # apt-get's own variables
	env -u APT_CONFIG apt-get indextargets --format '$(RELEASE) $(REPO_URI)' \
		'Created-By: Packages' | sed -n "s#^\($1\) \(.*\)#\2#p" | head -n 1
}

# mirror_of SUITE: the same mirror has the other suites too.
mirror_of()
{
	case $1 in
	*-security) mirror_named '[a-z]*-security' ;;
	*) mirror_named 'bullseye\|bookworm\|trixie\|forky\|sid\|oldstable\|stable\|testing' ;;
	esac
}

sources()
{
	for suite; do
		uri=$(mirror_of "$suite")
		if [ -z "$uri" ]; then
			echo "no mirror for $suite in the host's apt sources" >&2
			return 1
		fi
		echo "deb [signed-by=$keyring] $uri $suite main"
	done
}

# apt_private NAME SUITE...: apt and its tools know these suites alone from now on,
# for the machine that $architecture names, amd64 when it does not.
apt_private()
{
	apt=$cache/apt/$1
	shift
	mkdir -p "$apt/state/lists/partial" "$apt/cache/archives/partial"
	sources "$@" >"$apt/sources.list" || return 1
	cat >"$apt/apt.conf" <<-END
		Dir::State "$apt/state";
		Dir::State::status "/dev/null";
		Dir::Cache "$apt/cache";
		Dir::Etc::sourcelist "$apt/sources.list";
		Dir::Etc::sourceparts "/dev/null";
		Dir::Etc::preferencesparts "/dev/null";
		Acquire::Check-Valid-Until "false";
		Acquire::Languages "none";
		APT::Architecture "${architecture:-amd64}";
		APT::Architectures { "${architecture:-amd64}"; };
		APT::Sandbox::User "root";
	END
	export APT_CONFIG="$apt/apt.conf"
	apt-get -qq update >&2
}

# unpack_whole PACKAGE DIRECTORY: the package and all that it depends on, libc
# included, into a new directory. After apt_private, so that nothing counts as
# installed.
unpack_whole()
{
	rm -rf "$2"
	mkdir -p "$2/packages"
	names=$(apt-get -qq --simulate --no-install-recommends install "$1" |
		sed -n 's/^Inst \([^ ]*\).*/\1/p')
	# shellcheck disable=SC2086 # a list of words
	(cd "$2/packages" && apt-get -qq download $names >&2)
	for deb in "$2"/packages/*.deb; do
		dpkg-deb -x "$deb" "$2"
	done
	rm -r "$2/packages"
}

# depends PACKAGE PREFIX: the package that PACKAGE depends on by that prefix.
depends()
{
	apt-cache show --no-all-versions "$1" 2>/dev/null |
		sed -n 's/^Depends: //p' | tr ',|' '[\n*]' |
		sed -n "s/^ *\($2[^ ]*\).*/\1/p" | head -n 1
}

# chroot_make SUITE PACKAGE...: a small system; prints where, which is $chroot_at
# if that is set. Needs root.
chroot_make()
{
	suite=$1
	shift
	where=${chroot_at:-$cache/chroots/$suite}
	if [ ! -f "$where/made" ]; then
		if [ "$(id -u)" != 0 ] || ! command -v debootstrap >/dev/null; then
			echo "root and debootstrap are needed for a chroot of $suite" >&2
			return 1
		fi
		rm -rf "$where"
		mkdir -p "$where"
		env -u APT_CONFIG debootstrap --variant=minbase \
			--include="$(echo "$@" | tr ' ' ,)" "$suite" "$where" \
			"$(mirror_of "$suite")" >&2 || return 1
		touch "$where/made"
	fi
	echo "$where"
}
