#!/bin/sh
# image_root.sh PROGRAMS LICENSE ROOT
# Makes ROOT the file system of an image: the programs in the folder PROGRAMS, the
# libraries that they load, and for each package that one comes from its licence and
# the record by which scanners know it. To be run where they were built.
set -eu
programs=$1 license=$2 root=$3

# The libraries and the loader, by the paths that they are loaded from.
loaded() {
  ldd "$programs"/* | awk '$2 == "=>" && $3 ~ "^/" { print $3 } $2 ~ "^\\(0x" && $1 ~ "^/" { print $1 }' |
    sort -u
}

# Who brought a file: /lib is /usr/lib, and packages say either.
package_of() {
  { dpkg -S "$1" || dpkg -S "/usr$1" || dpkg -S "${1#/usr}"; } 2>/dev/null | sed 's/:.*//;q'
}

mkdir -p "$root/usr/bin" "$root/usr/lib" "$root/usr/lib64" "$root/etc" "$root/var/lib/dpkg/status.d"
for folder in bin lib lib64; do ln -s "usr/$folder" "$root/$folder"; done
cp "$programs"/* "$root/usr/bin"

for path in $(loaded); do
  target=$root/usr/${path#/usr}
  mkdir -p "$(dirname "$target")"
  cp -L "$path" "$target"
  package=$(package_of "$(readlink -f "$path")")
  [ -n "$package" ] || { echo "no package has $path" >&2; exit 1; }
  mkdir -p "$root/usr/share/doc/$package"
  cp -L "/usr/share/doc/$package/copyright" "$root/usr/share/doc/$package/"
  dpkg-query -s "$package" >"$root/var/lib/dpkg/status.d/$package"
done

mkdir -p "$root/usr/share/doc/daybook"
cp "$license" "$root/usr/share/doc/daybook/copyright"
cp -L /etc/os-release "$root/etc/os-release"
cat >"$root/etc/passwd" <<'TEXT'
root:x:0:0:root:/:/sbin/nologin
daybook:x:65532:65532:daybook:/var/lib/daybook:/sbin/nologin
TEXT
cat >"$root/etc/group" <<'TEXT'
root:x:0:
daybook:x:65532:
TEXT
install -d -m 1777 "$root/tmp"
install -d -m 0750 -o 65532 -g 65532 "$root/var/lib/daybook" "$root/var/lib/daybook-signer"
