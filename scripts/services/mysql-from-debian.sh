#!/usr/bin/env bash
# Makes a MySQL server available from Debian's packages, without installing anything: mysql-from-debian.sh FOLDER
#
# Fetches the server and the libraries it needs (its own libc included, so the distribution of this machine does not
# matter) from Debian unstable, which is where Debian keeps MySQL, and unpacks them into FOLDER/root. Afterwards
# FOLDER/root/mysqld runs the server, and FOLDER/root/data is an initialized data directory (user root, no password) to copy.
# Needs apt-get, dpkg-deb and the Debian archive's keyring; neither root rights nor apt's lists. Writes in FOLDER only.
# Several may run at once: one does the work, the others wait for it. FOLDER/root appears whole or not at all.
set -euo pipefail
folder=${1:?usage: mysql-from-debian.sh FOLDER}
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
root="$folder/root"

fail() {
  echo "$1" >&2
  exit 3
}

[ ! -x "$root/mysqld" ] || exit 0
for tool in apt-get dpkg-deb dpkg flock; do
  command -v "$tool" > /dev/null || fail "$tool is not on the PATH, so Debian's packages cannot be unpacked here"
done
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
[ -r "$keyring" ] || fail "$keyring is missing, so Debian's packages cannot be verified here"

exec 9> "$folder/lock"
flock 9
[ ! -x "$root/mysqld" ] || exit 0

work=$(mktemp -d "$folder/unpack-XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM HUP
mkdir -p "$work"/{state/lists/partial,cache/archives/partial,root}

# The mirror that this machine uses for Debian.
mirror=$( (cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2> /dev/null || true) \
  | { grep -v '^#' || true; } | { grep -oE 'https?://[^ ]+/debian/?( |$)' || true; } | head -1 | tr -d ' ')
[ -n "$mirror" ] || fail "apt's sources name no mirror of Debian"
echo "deb [signed-by=$keyring] $mirror sid main" > "$work/sources.list"

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
"${apt[@]}" -y --download-only install mysql-server-core >&2 9>&- \
  || fail "the package mysql-server-core cannot be had from $mirror"

for package in "$work"/cache/archives/*.deb; do
  dpkg-deb --fsys-tarfile "$package" | tar -x -C "$work/root" \
    --exclude='./usr/share/doc*' --exclude='./usr/share/man*' --exclude='./usr/share/locale*' --exclude='*_client.so'
done
[ -x "$work/root/usr/sbin/mysqld" ] || fail "the package mysql-server-core holds no usr/sbin/mysqld"

cat > "$work/root/mysqld" << 'END'
#!/usr/bin/env bash
# The unpacked MySQL server with its own libraries: mysqld [OPTION...]
root=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
loader=$(compgen -G "$root/usr/lib*/ld-linux*.so.*" || compgen -G "$root/usr/lib/*-linux-*/ld-linux*.so.*")
libraries=$(compgen -G "$root/usr/lib/*-linux-*")
exec "${loader%%$'\n'*}" --library-path "${libraries%%$'\n'*}:$root/usr/lib/mysql/private" "$root/usr/sbin/mysqld" \
  --no-defaults --user="$(id -un)" --lc-messages-dir="$root/usr/share/mysql" --secure-file-priv=NULL \
  --character-sets-dir="$root/usr/share/mysql/charsets" --plugin-dir="$root/usr/lib/mysql/plugin" "$@"
END
chmod +x "$work/root/mysqld"
"$work/root/mysqld" --initialize-insecure --disable-log-bin --innodb-redo-log-capacity=16M --datadir="$work/root/data" \
  > "$work/initialize.log" 2>&1 9>&- || fail "the MySQL server from Debian's packages does not run: $(tail -n 1 "$work/initialize.log")"
# The UUID: each server that is started on a copy must make its own, since transactions are numbered by it.
rm "$work/root/data/auto.cnf"

rm -rf "$root"
mv "$work/root" "$root"
