#!/usr/bin/env bash
# Makes a MySQL server available from Debian's packages, without installing anything: mysql-from-debian.sh FOLDER
#
# Fetches the server and the libraries it needs (its own libc included, so the distribution of this machine does not
# matter) from Debian unstable, which is where Debian keeps MySQL, and unpacks them into FOLDER/root. Afterwards
# FOLDER/root/mysqld runs the server, and FOLDER/root/data is an initialized data directory (user root, no password) to copy.
# See unpack-from-debian.sh for what it needs, and for several that run at once.
suite=sid package=mysql-server-core server=mysqld
# shellcheck source=unpack-from-debian.sh
. "$(dirname "${BASH_SOURCE[0]}")/unpack-from-debian.sh"

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
