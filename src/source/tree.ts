import { type Command, sh } from '../shell/index.ts'
import { EXIT } from './exits.ts'
import { submoduleFunctions } from './submodules.ts'

/**
 * Shell functions that make a folder exactly one commit, whatever a build, a crash or a person did to it. Its objects are
 * the mirror's (git's alternates). `.git/gachette-index` is a hard link to the index as we left it: an index that
 * somebody else wrote may hide changes (`git update-index --assume-unchanged`), and is not believed.
 */
export const treeFunctions: Command = sh`
${submoduleFunctions}
# plain_git ARGUMENT…: git with nobody's settings but ours.
plain_git() {
  GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null HOME=/nonexistent XDG_CONFIG_HOME=/nonexistent git "$@"
}
# bare_essentials: of $gitdir only what we know stays, and its settings are ours again.
bare_essentials() {
  [ -d "$gitdir/objects/info" ] && [ -d "$gitdir/objects/pack" ] && [ -d "$gitdir/refs" ] ||
    mkdir -p -- "$gitdir/objects/info" "$gitdir/objects/pack" "$gitdir/refs" || return
  for each in "$gitdir"/* "$gitdir"/.[!.]* "$gitdir"/refs/*; do
    case \${each#"$gitdir"/} in
      HEAD | config | objects | refs | packed-refs | index | modules | gachette-*) ;;
      *) if [ -e "$each" ] || [ -L "$each" ]; then rm -rf -- "$each" || return; fi ;;
    esac
  done
  if ! [ "$gitdir/index" -ef "$gitdir/gachette-index" ]; then
    if [ -e "$gitdir/gachette-index" ]; then ln -f -- "$gitdir/gachette-index" "$gitdir/index"; else rm -f -- "$gitdir/index"; fi
  fi
  format=sha1 version=0
  [ \${#commit} -eq 40 ] || format=sha256 version=1
  {
    printf '[core]\n\trepositoryFormatVersion = %s\n\tbare = false\n\tlogAllRefUpdates = false\n' $version
    printf '\tautocrlf = false\n\teol = lf\n\tfileMode = true\n\tsymlinks = true\n\tquotePath = false\n'
    printf '\thooksPath = /dev/null\n\tfsmonitor = false\n\tuntrackedCache = false\n\tattributesFile = /dev/null\n'
    printf '[gc]\n\tauto = 0\n[maintenance]\n\tauto = false\n[advice]\n\tdetachedHead = false\n'
    [ $version = 0 ] || printf '[extensions]\n\tobjectFormat = %s\n' $format
    printf '[remote "origin"]\n\turl = "%s"\n\tfetch = +refs/heads/*:refs/remotes/origin/*\n' "$shown"
  } >"$gitdir/config" &&
    printf '%s\n' "$commit" >"$gitdir/HEAD" &&
    printf '%s\n' "$mirror/objects" >"$gitdir/objects/info/alternates"
}
# tree DIR GITDIR LINK SHOWN MIRROR COMMIT: LINK is the way from DIR to GITDIR.
tree() (
  dir=$1 gitdir=$2 link=$3 shown=$4 mirror=$5 commit=$6
  bare_essentials && cd -- "$dir" || exit
  known_links
  clean=
  if untouched; then
    clean=yes
  else
    plain_git checkout -q --force --detach --no-recurse-submodules "$commit" || exit
    links=$(plain_git ls-files -s | sed -n 's/^160000 \([0-9a-f]*\) 0\t/\1\t/p') || exit
    printf '%s\n%s\n' "$commit" "$links" >"$gitdir/gachette-tree" || exit
    ln -f -- "$gitdir/index" "$gitdir/gachette-index" || exit
    plain_git clean -ffdxq || exit
  fi
  if [ "$link" = .git ]; then
    # git knows nothing of .git folders among tracked files, of empty folders, and of modes one bit.
    empty=$(find . -path ./.git -prune -o -name .git -prune -exec rm -rf -- {} + \
      -o '(' -type d -empty -printf . , -type d '(' ! -perm -0755 -o -perm /022 ')' -exec chmod 0755 {} + \
      -o -type f -perm /0100 ! -perm 0755 -exec chmod 0755 {} + \
      -o -type f ! -perm /0100 ! -perm 0644 -exec chmod 0644 {} + ')' ) || exit
  else
    empty=yes
  fi
  if [ -n "$clean" ] && [ -n "$empty" ]; then plain_git clean -ffdxq || exit; fi
  if [ -n "$links" ] || [ -e "$gitdir/modules" ]; then submodules || exit; fi
)
# untouched: whether every tracked file is as we left it, for this very commit, and there is no other.
untouched() {
  [ "$known_commit" = "$commit" ] &&
    found=$(plain_git --no-optional-locks status --porcelain --untracked-files=normal --ignored --ignore-submodules=all) &&
    [ -z "$found" ]
}
# working_copy SHOWN MIRROR COMMIT: the working copy $wc, under its lock on descriptor 9.
working_copy() {
  [ ! -e "$wc" ] || [ -O "$wc" ] || exit ${EXIT.foreignOwner}
  if ! was_idle "$wc_lock" || [ -L "$wc/.git" ] || ! [ -f "$wc/.git/gachette-index" ]; then start_over; fi
  mark "$wc_lock" busy
  tree "$wc" "$wc/.git" .git "$@"
  status=$?
  if [ $status -gt 0 ] && [ $status -lt 200 ]; then
    echo "the working copy could not be made clean; it is made anew" >&2
    start_over
    tree "$wc" "$wc/.git" .git "$@"
    status=$?
    [ $status -lt 200 ] || exit $status
    [ $status -eq 0 ] || exit ${EXIT.notClean}
  fi
  [ $status -eq 0 ] || exit $status
}
start_over() {
  rm -rf -- "$wc" 2>/dev/null || { chmod -R -- u+rwX "$wc"; rm -rf -- "$wc"; } || exit ${EXIT.notClean}
  mkdir -- "$wc" || exit ${EXIT.noFolder}
}
`
