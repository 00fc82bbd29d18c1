#!/usr/bin/env bash
# Makes a MariaDB server available from Debian's packages, without installing anything: mariadb-from-debian.sh FOLDER
#
# Fetches the server and the libraries it needs (its own libc included, so the distribution of this machine does not
# matter) from Debian 12, which has MariaDB 10.11, and unpacks them into FOLDER/root. Afterwards FOLDER/root/mariadbd runs
# the server, and FOLDER/root/data is an initialized data directory (user root, no password) to copy.
# Needs apt-get, dpkg-deb and the Debian archive's keyring; neither root rights nor apt's lists. Writes in FOLDER only.
# Several may run at once: one does the work, the others wait for it. FOLDER/root appears whole or not at all.
set -euo pipefail
folder=${1:?usage: mariadb-from-debian.sh FOLDER}
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
root="$folder/root"

fail() {
  echo "$1" >&2
  exit 3
}

[ ! -x "$root/mariadbd" ] || exit 0
for tool in apt-get dpkg-deb dpkg flock; do
  command -v "$tool" > /dev/null || fail "$tool is not on the PATH, so Debian's packages cannot be unpacked here"
done
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
[ -r "$keyring" ] || fail "$keyring is missing, so Debian's packages cannot be verified here"

exec 9> "$folder/lock"
flock 9
[ ! -x "$root/mariadbd" ] || exit 0

work=$(mktemp -d "$folder/unpack-XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM HUP
mkdir -p "$work"/{state/lists/partial,cache/archives/partial,root}

# The mirror that this machine uses for Debian.
mirror=$( (cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2> /dev/null || true) \
  | { grep -v '^#' || true; } | { grep -oE 'https?://[^ ]+/debian/?( |$)' || true; } | head -1 | tr -d ' ')
[ -n "$mirror" ] || fail "apt's sources name no mirror of Debian"
echo "deb [signed-by=$keyring] $mirror bookworm main" > "$work/sources.list"

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
"${apt[@]}" -y --download-only install mariadb-server-core >&2 9>&- \
  || fail "the package mariadb-server-core cannot be had from $mirror"

for package in "$work"/cache/archives/*.deb; do
  dpkg-deb --fsys-tarfile "$package" | tar -x -C "$work/root" \
    --exclude='./usr/share/doc*' --exclude='./usr/share/man*' --exclude='./usr/share/locale*' --exclude='*_client.so'
done
[ -x "$work/root/usr/sbin/mariadbd" ] || fail "the package mariadb-server-core holds no usr/sbin/mariadbd"

cat > "$work/root/mariadbd" << 'END'
#!/usr/bin/env bash
# The unpacked MariaDB server with its own libraries: mariadbd [OPTION...]
root=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
loader=$(compgen -G "$root/usr/lib*/ld-linux*.so.*" || compgen -G "$root/lib*/ld-linux*.so.*" || compgen -G "$root/lib/*-linux-*/ld-linux*.so.*")
libraries="$(compgen -G "$root/usr/lib/*-linux-*" | head -1):$(compgen -G "$root/lib/*-linux-*" | head -1)"
exec "${loader%%$'\n'*}" --library-path "$libraries" "$root/usr/sbin/mariadbd" \
  --no-defaults --user="$(id -un)" --lc-messages-dir="$root/usr/share/mysql/english" \
  --character-sets-dir="$root/usr/share/mysql/charsets" --plugin-dir="$root/usr/lib/mysql/plugin" "$@"
END
chmod +x "$work/root/mariadbd"
mkdir -p "$work/root/data/mysql"
share="$work/root/usr/share/mysql"
{
  printf 'USE mysql;\nSET @auth_root_socket = NULL;\n'
  cat "$share"/mysql_system_tables.sql "$share"/mysql_performance_tables.sql "$share"/mysql_system_tables_data.sql \
    "$share"/fill_help_tables.sql
} | "$work/root/mariadbd" --bootstrap --datadir="$work/root/data" > "$work/initialize.log" 2>&1 9>&- \
  || fail "the MariaDB server from Debian's packages does not run: $(grep -m 1 -i error "$work/initialize.log")"

rm -rf "$root"
mv "$work/root" "$root"
