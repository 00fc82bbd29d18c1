# Unpacks a server and the libraries it needs from Debian's packages, without installing anything. Sourced by the scripts that
# make a server of them available, with `suite`, `package` and `server` (the program in usr/sbin) set, and their arguments.
#
# Afterwards `work/root` has the packages' files, to be finished and moved to `root`; `fail` ends with a message. Where
# `root/$server` is there already, the script ends at once. Descriptor 9 is the lock: programs that go on are not to inherit it.
# Needs apt-get, dpkg-deb and the Debian archive's keyring; neither root rights nor apt's lists. Writes in FOLDER only.
# Several may run at once: one does the work, the others wait for it. FOLDER/root appears whole or not at all.
set -euo pipefail
folder=${1:?usage: $(basename "$0") FOLDER}
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
root="$folder/root"

fail() {
  echo "$1" >&2
  exit 3
}

[ ! -x "$root/$server" ] || exit 0
for tool in apt-get dpkg-deb dpkg flock; do
  command -v "$tool" > /dev/null || fail "$tool is not on the PATH, so Debian's packages cannot be unpacked here"
done
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
[ -r "$keyring" ] || fail "$keyring is missing, so Debian's packages cannot be verified here"

exec 9> "$folder/lock"
flock 9
[ ! -x "$root/$server" ] || exit 0

work=$(mktemp -d "$folder/unpack-XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM HUP
mkdir -p "$work"/{state/lists/partial,cache/archives/partial,root}

# The mirror that this machine uses for Debian.
mirror=$( (cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2> /dev/null || true) \
  | { grep -v '^#' || true; } | { grep -oE 'https?://[^ ]+/debian/?( |$)' || true; } | head -1 | tr -d ' ')
[ -n "$mirror" ] || fail "apt's sources name no mirror of Debian"
echo "deb [signed-by=$keyring] $mirror $suite main" > "$work/sources.list"

# Perl is for the package's maintenance scripts only; apt is told that it is there already.
architecture=$(dpkg --print-architecture)
printf 'Package: perl\nStatus: install ok installed\nMulti-Arch: allowed\nArchitecture: %s\nVersion: 99\nMaintainer: none\nDescription: not needed\n\n' \
  "$architecture" > "$work/status"

apt=(apt-get -qq
  -o Dir::Etc::sourcelist="$work/sources.list" -o Dir::Etc::sourceparts=/dev/null -o Dir::Etc::preferencesparts=/dev/null
  -o Dir::State="$work/state" -o Dir::State::status="$work/status" -o Dir::Cache="$work/cache"
  -o APT::Install-Recommends=false -o APT::Sandbox::User=root -o Debug::NoLocking=1
  -o Acquire::Languages=none -o Acquire::Retries=2 -o Acquire::http::Timeout=20 -o Acquire::https::Timeout=20)
"${apt[@]}" update >&2 9>&- || fail "the Debian mirror $mirror cannot be reached"
"${apt[@]}" -y --download-only install "$package" >&2 9>&- \
  || fail "the package $package cannot be had from $mirror"

for archive in "$work"/cache/archives/*.deb; do
  dpkg-deb --fsys-tarfile "$archive" | tar -x -C "$work/root" \
    --exclude='./usr/share/doc*' --exclude='./usr/share/man*' --exclude='./usr/share/locale*' --exclude='*_client.so'
done
[ -x "$work/root/usr/sbin/$server" ] || fail "the package $package holds no usr/sbin/$server"
