/**
 * The build machine's half of the builder, as shell functions: package trees. Whatever a name or a link in the project
 * says, nothing is written or removed outside the package's own tree. Paths of trees are physical.
 */
export const TREE = String.raw`
# begin INDEX PACKAGE: what follows is about this package.
begin() { doing=$2; tree=$trees/$1; mkdir -p "$tree" || fail disk; }
say() { printf '%s: %s\n' "$doing" "$*"; }
# within FOLDER PATH: whether PATH, links followed, lies below FOLDER or is it.
within() { case $(readlink -f -- "$2")/ in "$1"/*) ;; *) return 1 ;; esac; }

# enter PATH: makes the folders of PATH in the tree and goes to the last, through no link that leads out of the tree.
enter() {
  cd -P -- "$tree" || return
  rest=$1/
  while [ -n "$rest" ]; do
    part=\${rest%%/*} rest=\${rest#*/}
    case $part in '' | .) continue ;; esac
    [ -d "./$part" ] || mkdir "./$part" || return
    cd -P -- "./$part" || return
    case $PWD/ in "$tree"/*) ;; *) echo "$1 leads out of the package" >&2; return 1 ;; esac
  done
}

# place FILE MODE PATH: a rendered file.
place() {
  case $3 in */*) folder=\${3%/*} ;; *) folder= ;; esac
  ( enter "$folder" && rm -f -- "./\${3##*/}" && cp -- "$plan/$1" "./\${3##*/}" && chmod "$2" -- "./\${3##*/}" ) ||
    fail place "$3"
}
# link TARGET PATH
link() { ( enter "\${2%/*}" && ln -sf -- "$1" "./\${2##*/}" ) || fail place "$2"; }

# copy_entries FROM TO ALL: the entries of a folder, links kept; modes as git knows them: executable or not.
copy_entries() {
  mkdir -p -- "$2" || return
  ( cd -- "$1" || exit
    set -- "$2" "$3"
    to=$1 all=$2
    shift 2
    for entry in ./* \${all:+./.[!.]* ./..?*}; do
      [ "$entry" != ./.git ] && { [ -e "$entry" ] || [ -L "$entry" ]; } && set -- "$@" "$entry"
    done
    [ $# -gt 0 ] || exit 65
    cp -RP -- "$@" "$to" ) || return
  find "$2" -type d -exec chmod 00755 {} + &&
    find "$2" -type f -perm -u+x -exec chmod 00755 {} + &&
    find "$2" -type f ! -perm -u+x -exec chmod 00644 {} +
}

# copy_code INDEX PATH PROJECT: a package's code, of the working copy we are in: what is not hidden at the top.
copy_code() {
  copy_entries "./$3" "$trees/$1/$2" ''
  case $? in 0) ;; 65) fail nothing "$1" ;; *) fail copy ;; esac
}
# copy_project PROJECT: all of it, for what environments need.
copy_project() { copy_entries "./$1" "$work/project" all || fail copy; }

# without_git CODE: the .git of submodules is not of the commit.
without_git() { find "$tree/$1" -name .git -prune -exec rm -rf -- {} + || fail disk; }

# exclude CODE PATTERN: what the shell's pattern finds in the code, folders with all below them.
exclude() {
  ( cd -P -- "$tree/$1" || exit
    code=$PWD pattern=$2
    IFS=
    set -- ./$pattern
    for match; do
      [ -e "$match" ] || [ -L "$match" ] || continue
      match=\${match%/}
      within "$code" "\${match%/*}" || { echo "$match leads out of the code; left as it is" >&2; continue; }
      rm -rf -- "$match" || exit
    done ) || fail exclude "$2"
}

# step FILE NUMBER COUNT FOLDER ENVIRONMENT: a build step in a shell of its own, its virtualenv active.
step() {
  say "step $2 of $3: $(head -n 1 -- "$plan/$1" | cut -c 1-100)"
  ( cd -- "$4" || exit
    [ -z "$5" ] || { VIRTUAL_ENV=$5 PATH=$5/bin:$PATH; export VIRTUAL_ENV PATH; unset PYTHONHOME; }
    exec /bin/sh "$plan/$1" </dev/null 3>&- 7>&- )
  status=$?
  [ $status -eq 0 ] || fail step "$1" "$2" "$3" "$status"
}

# pack INDEX PACKAGE VERSION: makes the .deb. arch is set; the same tree gives the same bytes.
pack() {
  find "$tree" -name '*.pyc' ! -type d -exec rm -f -- {} + || fail disk
  find "$tree" -depth -name __pycache__ -type d -empty -exec rmdir -- {} + || fail disk
  [ ! -L "$tree/DEBIAN" ] && mkdir -p "$tree/DEBIAN" && chmod 00755 "$tree" "$tree/DEBIAN" || fail disk
  cp -p -- "$plan/d$1/"* "$tree/DEBIAN/" || fail disk
  # With compat: upstream it says already what trebuchet said.
  [ -z "$depends" ] || grep -q '^Depends:' "$tree/DEBIAN/control" ||
    printf 'Depends: %s\n' "$depends" >>"$tree/DEBIAN/control"
  ( cd -- "$tree" || exit
    find . -mindepth 1 -path ./DEBIAN -prune -o -printf '%y %s\n' |
      awk '{ n += ($1 == "f" || $1 == "l") ? int(($2 + 1023) / 1024) : 1 } END { printf "Installed-Size: %d\n", n }'
    printf 'Architecture: %s\n' "$arch" ) >>"$tree/DEBIAN/control"
  ( cd -- "$tree" && find . -path ./DEBIAN -prune -o -type f -printf '%P\0' | LC_ALL=C sort -z | xargs -0r md5sum -- ) \
    >"$tree/DEBIAN/md5sums" || fail disk
  [ -s "$tree/DEBIAN/md5sums" ] || rm -f "$tree/DEBIAN/md5sums"
  [ ! -e "$tree/DEBIAN/md5sums" ] || chmod 00644 "$tree/DEBIAN/md5sums"
  find "$tree" -exec touch -h -d "@$SOURCE_DATE_EPOCH" -- {} + || fail disk
  dpkg-deb --root-owner-group -Zxz -b "$tree" "$work/out/$2-$3-$arch.deb" >"$work/pack" 2>&1 ||
    { cat "$work/pack"; fail pack; }
  say "version $3, $(stat -c %s "$work/out/$2-$3-$arch.deb") bytes"
}

# shared: which paths several packages have: lines =PATH TAB PACKAGE, each path at most 20 times.
shared() {
  for tree in "$trees"/*; do
    ( cd -- "$tree" && find . -path ./DEBIAN -prune -o ! -type d -printf '%P\0' )
  done | LC_ALL=C sort -z | uniq -zd | tr '\n\0' '?\n' | head -n 20 >"$work/shared"
  while IFS= read -r path; do
    for tree in "$trees"/*; do
      { [ -e "$tree/$path" ] || [ -L "$tree/$path" ]; } &&
        printf '=%s\t%s\n' "$path" "$(sed -n 's/^Package: //p' "$tree/DEBIAN/control")" >&3
    done
  done <"$work/shared"
}
`.replaceAll('\\${', '${')
