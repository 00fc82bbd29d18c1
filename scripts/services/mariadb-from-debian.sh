#!/usr/bin/env bash
# Makes a MariaDB server available from Debian's packages, without installing anything: mariadb-from-debian.sh FOLDER
#
# Fetches the server and the libraries it needs (its own libc included, so the distribution of this machine does not
# matter) from Debian 12, which has MariaDB 10.11, and unpacks them into FOLDER/root. Afterwards FOLDER/root/mariadbd runs
# the server, and FOLDER/root/data is an initialized data directory (user root, no password) to copy.
# See unpack-from-debian.sh for what it needs, and for several that run at once.
suite=bookworm package=mariadb-server-core server=mariadbd
# shellcheck source=unpack-from-debian.sh
. "$(dirname "${BASH_SOURCE[0]}")/unpack-from-debian.sh"

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
