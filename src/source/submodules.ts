import { type Command, sh } from '../shell/index.ts'
import { EXIT } from './exits.ts'

/**
 * Shell functions for submodules: each has a mirror like any other repository, and its git folder in `.git/modules`,
 * where a `.git` file of always the same bytes points to it. Paths are the index's own, which git has checked; names
 * and urls of `.gitmodules` are strangers' words.
 */
export const submoduleFunctions: Command = sh`
tab=$(printf '\t')
nl='
'
# known_links: the commit we left here, and the links it has (lines HASH tab PATH).
known_links() {
  known_commit= links=
  [ -e "$gitdir/gachette-tree" ] || return 0
  {
    read -r known_commit
    while IFS= read -r each; do links=$links$each\${each:+$nl}; done
  } <"$gitdir/gachette-tree"
}
# submodules: makes every link of the index ($links: lines HASH tab PATH) the commit it names.
submodules() {
  listed=
  if [ -f .gitmodules ] && ! [ -L .gitmodules ]; then
    listed=$(plain_git config -f .gitmodules -z --get-regexp '^submodule\..*\.(path|url|update)$' | tr '\0\n' '\n\t')
  fi
  kept=/
  while IFS=$tab read -r hash path; do
    [ -n "$path" ] || continue
    submodule || exit
  done <<END
$links
END
  for each in "$gitdir"/modules/*; do
    case "$kept" in *"/\${each##*/}/"*) ;; *) rm -rf -- "$each" || exit ;; esac
  done
}
submodule() {
  case $path in '"'*) bad_submodule "its path holds control characters" ;; esac
  name=$(name_of "$path")
  case $name in *[\\\"]*) bad_submodule "its name is not allowed" ;; esac
  if [ -z "$name" ]; then
    # A link that .gitmodules does not know is an empty folder, as git clone leaves it.
    rm -rf -- "$path" && mkdir -p -- "$path"
    return
  fi
  [ "$(listed_value "submodule.$name.update")" = none ] && { rm -rf -- "$path" && mkdir -p -- "$path"; return; }
  url=$(absolute_url "$(listed_value "submodule.$name.url")") || exit
  flat=$(flattened "$name")
  kept=$kept$flat/
  mirror_of "$url"
  update_mirror "$url" "$url" "$mirror_name" "$hash" '' || exit
  plain_git -C "$work/mirrors/$mirror_name.git" cat-file -e "$hash^{commit}" 2>/dev/null || bad_submodule "$url has no commit $hash"
  [ -d "$path" ] && ! [ -L "$path" ] || { rm -rf -- "$path" && mkdir -p -- "$path"; } || exit
  up=$(climb "$path")$link/modules/$flat
  [ -f "$path/.git" ] && ! [ -L "$path/.git" ] || rm -rf -- "$path/.git" || exit
  printf 'gitdir: %s\n' "$up" >"$path/.git" || exit
  printf '[submodule "%s"]\n\tactive = true\n\turl = "%s"\n' "$name" "$url" >>"$gitdir/config"
  [ -z "$wc_modules" ] || printf 'submodule %s\t%s\t%s\n' "$hash" "$url" "\${dir#"$wc"}/$path" >>"$wc_modules"
  tree "$dir/$path" "$gitdir/modules/$flat" "$up" "$url" "$work/mirrors/$mirror_name.git" "$hash"
}
bad_submodule() {
  echo "submodule $path: $1" >&2
  exit ${EXIT.badSubmodule}
}
# name_of PATH: the name of the submodule there.
name_of() {
  while IFS=$tab read -r key value; do
    case $key in submodule.*.path) [ "$value" != "$1" ] || { key=\${key#submodule.}; printf %s "\${key%.path}"; return; } ;; esac
  done <<END
$listed
END
}
# listed_value KEY: what .gitmodules says.
listed_value() {
  while IFS=$tab read -r key value; do
    [ "$key" != "$1" ] || { printf %s "$value"; return; }
  done <<END
$listed
END
}
# absolute_url URL: relative ones against the url of the repository that names them, as gitsubmodules(7) has it.
absolute_url() {
  target=$1 base=\${shown%/}
  case $target in ./* | ../*)
    while :; do
      case $target in
        ./*) target=\${target#./} ;;
        ../*)
          target=\${target#../}
          case $base in
            *://*/*) base=\${base%/*} ;;
            *://*) bad_submodule "its url leads above the server" ;;
            */*) base=\${base%/*} ;;
            *:*) base=\${base%:*}: ;;
            *) bad_submodule "its url leads nowhere" ;;
          esac ;;
        *) break ;;
      esac
    done
    case $base in *:) target=$base$target ;; *) target=$base/$target ;; esac
    target=\${target%/} ;;
  esac
  case $target in
    -* | *[[:cntrl:]]* | *[\\\"]*) bad_submodule "its url is not allowed" ;;
    /* | '['* | *@'['*) ;;
    *)
      # What stands in front of the colon is a scheme or a host, and a second colon after it a helper transport.
      case \${target%%:*} in "$target" | */*) bad_submodule "its url is not allowed" ;; esac
      case \${target#*:} in :*) bad_submodule "its url is not allowed" ;; esac ;;
  esac
  printf %s "$target"
}
# mirror_of URL: sets mirror_name, by the rule of mirrorName() in repository.ts.
mirror_of() {
  mirror_name=\${1%/}
  mirror_name=\${mirror_name%.git}
  mirror_name=\${mirror_name##*[/:]}
  case $mirror_name in [!A-Za-z0-9]* | *[!A-Za-z0-9._-]* | '' ) mirror_name=repository ;; esac
  [ \${#mirror_name} -le 64 ] || mirror_name=repository
  digest=$(printf %s "$1" | sha256sum)
  mirror_name=$mirror_name-$(printf %.12s "$digest")
}
# flattened NAME: as one word of a path.
flattened() {
  rest=$1/ flat=
  while [ -n "$rest" ]; do
    flat=$flat%\${rest%%/*}
    rest=\${rest#*/}
  done
  printf %s "$flat"
}
# climb PATH: the way back from it.
climb() {
  rest=$1/ back=
  while [ -n "$rest" ]; do
    back=../$back
    rest=\${rest#*/}
  done
  printf %s "$back"
}
`
