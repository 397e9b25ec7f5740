/**
 * The build machine's half of the builder, as shell functions: package trees. Whatever a name or a link in the project
 * says, nothing is written or removed outside the package's own tree. Paths of trees are physical.
 */
export const TREE = String.raw`
# begin INDEX PACKAGE: what follows is about this package.
begin() { doing=$2; tree=$trees/$1; [ -d "$tree" ] || mkdir -p "$tree" || fail disk; }
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
  ( enter "$folder" && install -T -m "$2" -- "$plan/$1" "./\${3##*/}" ) || fail place "$3"
}
# link TARGET PATH
link() { ( enter "\${2%/*}" && ln -sf -- "$1" "./\${2##*/}" ) || fail place "$2"; }

# copy_entries FROM TO ALL GIT: the entries of a folder, links kept; modes as git knows them: executable or not. Without
# GIT there is no .git, as submodules have, in any of its folders.
copy_entries() {
  mkdir -p -- "$2" || return
  ( cd -- "$1" || exit
    to=$2 all=$3
    set --
    for entry in ./* \${all:+./.[!.]* ./..?*}; do
      [ "$entry" != ./.git ] && { [ -e "$entry" ] || [ -L "$entry" ]; } && set -- "$@" "$entry"
    done
    [ $# -gt 0 ] || exit 65
    cp -RP -- "$@" "$to" ) || return
  drop='-name .git -prune -exec rm -rf -- {} + -o'
  [ -z "$4" ] || drop=
  find "$2" $drop -type d ! -perm 0755 -exec chmod 00755 {} + \
    -o -type f -perm /0100 ! -perm 0755 -exec chmod 00755 {} + \
    -o -type f ! -perm /0100 ! -perm 0644 -exec chmod 00644 {} +
}

# copy_code INDEX PATH PROJECT GIT: a package's code, of the working copy we are in: what is not hidden at the top.
copy_code() {
  copy_entries "./$3" "$trees/$1/$2" '' "$4"
  case $? in 0) ;; 65) fail nothing "$1" ;; *) fail copy ;; esac
}
# copy_project PROJECT: all of it, for what environments need.
copy_project() { copy_entries "./$1" "$work/project" all with-git || fail copy; }

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
  IFS= read -r line <"$plan/$1"
  say "step $2 of $3: $(printf %.100s "$line")"
  ( cd -- "$4" || exit
    [ -z "$5" ] || { VIRTUAL_ENV=$5 PATH=$5/bin:$PATH; export VIRTUAL_ENV PATH; unset PYTHONHOME; }
    exec /bin/sh "$plan/$1" </dev/null 3>&- 7>&- )
  status=$?
  [ $status -eq 0 ] || fail step "$1" "$2" "$3" "$status"
}

# survey: one walk over the tree: sizes and sums of what is packed, and whether anything is compiled, or old.
survey() {
  ( cd -- "$tree" && find . \
    '(' -name '*.pyc' ! -type d -o -name __pycache__ -type d -empty ')' -fprintf "$work/compiled" . , \
    ! -newermt "@$SOURCE_DATE_EPOCH" -fprintf "$work/old" . , \
    -path ./DEBIAN -prune -o ! -path . -fprintf "$work/sizes" '%y %s\n' -type f -exec md5sum -- {} + ) >"$work/sums" ||
    fail disk
}

# pack INDEX PACKAGE VERSION: makes the .deb. arch is set; the same tree gives the same bytes.
pack() {
  [ ! -L "$tree/DEBIAN" ] || fail disk
  if [ -e "$tree/DEBIAN" ]; then cp -- "$plan/d$1/"* "$tree/DEBIAN/"; else mv -T -- "$plan/d$1" "$tree/DEBIAN"; fi ||
    fail disk
  survey
  if [ -s "$work/compiled" ]; then
    find "$tree" -name '*.pyc' ! -type d -exec rm -f -- {} + || fail disk
    find "$tree" -depth -name __pycache__ -type d -empty -exec rmdir -- {} + || fail disk
    survey
  fi
  # With compat: upstream it says already what trebuchet said.
  [ -z "$depends" ] || grep -q '^Depends:' "$tree/DEBIAN/control" ||
    printf 'Depends: %s\n' "$depends" >>"$tree/DEBIAN/control"
  LC_ALL=C sort -k 2 <"$work/sums" | control=$tree/DEBIAN/control arch=$arch LC_ALL=C awk '
    of == "sizes" { size += ($1 == "f" || $1 == "l") ? int(($2 + 1023) / 1024) : 1; next }
    { sub(/ \.\//, " "); print }
    END { printf "Installed-Size: %d\nArchitecture: %s\n", size, ENVIRON["arch"] >>ENVIRON["control"] }
    ' of=sizes "$work/sizes" of=sums - >"$tree/DEBIAN/md5sums" || fail disk
  [ -s "$tree/DEBIAN/md5sums" ] || rm -f "$tree/DEBIAN/md5sums"
  # dpkg-deb makes older what is younger than the commit, and nothing younger.
  [ ! -s "$work/old" ] || find "$tree" -exec touch -h -d "@$SOURCE_DATE_EPOCH" -- {} + || fail disk
  [ ! -g "$tree" ] && [ ! -g "$tree/DEBIAN" ] || chmod 00755 "$tree" "$tree/DEBIAN" || fail disk
  dpkg-deb --root-owner-group -Zxz -b "$tree" "$work/out/$2-$3-$arch.deb" >"$work/pack" 2>&1 ||
    { cat "$work/pack"; fail pack; }
  say "version $3"
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
