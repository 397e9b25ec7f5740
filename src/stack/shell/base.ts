import { type Command, sh } from '../../shell/index.ts'
import type { Store } from '../store.ts'

/**
 * What every script of the store begins with. Answers are lines of words between tabs (`fact`); a refusal is a fact
 * and an exit code of its own (`die`), so that nobody has to read messages.
 */
export const base = (store: Store): Command => sh`umask 022
LC_ALL=C
export LC_ALL
set -u
meta=${store.meta}
domain=${store.domain}
who=${JSON.stringify(store.who)}
patience=${store.patienceS}
tab=${'\t'}
cr=${'\r'}
root=$meta/.gachette
stacks=$meta/domain/$domain/stacks
made= pinned= scratch= hold= decided= log=null provenance=null why=null
${FACTS}
${NAMES}
${REGISTRY}`

/** `must` says what could not be written, and how much room is left: mostly the disk is full. */
const FACTS = sh`fact() { IFS=$tab; printf '%s\n' "$*"; unset IFS; }
die() { code=$1; shift; fact "$@"; exit "$code"; }
unwritten() {
  room=$(df -Pk -- "$meta" 2>/dev/null | awk 'NR == 2 { print $4 }')
  die 74 unwritten "$1" "$room" "$decided"
}
must() { "$@" || unwritten "$1"; }
# many COMMAND…: what xargs does, for lines that are single safe words, without two programs for a few of them.
many() {
  words= left=200
  while read -r word; do
    words="$words $word" left=$((left - 1))
    [ $left -gt 0 ] || { "$@" $words || return; words= left=200; }
  done
  [ -z "$words" ] || "$@" $words
}`

/** The rules of name.ts, for what is read from folders that other tools write. */
const NAMES = sh`is_package() {
  case $1 in '' | [!A-Za-z0-9]* | *[!A-Za-z0-9+._-]*) return 1 ;; esac
  [ "\${#1}" -le 128 ]
}
is_version() {
  case $1 in '' | [!A-Za-z0-9]* | *[!A-Za-z0-9.+~:-]*) return 1 ;; esac
  [ "\${#1}" -le 200 ]
}
is_file() {
  case $1 in '' | [!A-Za-z0-9]* | *[!A-Za-z0-9._+~:%-]*) return 1 ;; esac
  [ "\${#1}" -le 220 ]
}
first_word() {
  word=
  [ -f "$1" ] || return 1
  read -r word <"$1" || [ -n "$word" ] || return 1
  word=\${word%"$cr"}
}`

/**
 * Questions to the registry, without starting a program: what is certain of a package stands on the first line of its
 * manifest.json, in one fixed order.
 */
const REGISTRY = sh`head_of() {
  head=
  [ -f "$1" ] && IFS= read -r head <"$1"
  case $head in
    '{"name":"'*'","version":"'*'","architecture":"'*'","sha256":"'*'","file":"'*'","size":'*,) ;;
    *) return 1 ;;
  esac
  sum=\${head#*'"sha256":"'}
  sum=\${sum%%'"'*}
}
is_registered() {
  first_word "$meta/packages/$1/version/$2/file" && is_file "$word" && [ -f "$meta/debs/$word" ]
}
sum_of() {
  sum=$(sha256sum <"$1") || unwritten sha256sum
  sum=\${sum%% *}
}`
