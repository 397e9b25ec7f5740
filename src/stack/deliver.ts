import { parseDebFileName } from '../deb/index.ts'
import { script, sh } from '../shell/index.ts'
import type { Edit } from './add.ts'
import { parseAnswer } from './facts.ts'
import { refusal } from './failure.ts'
import { parseRemoteFolder } from './name.ts'
import { base } from './shell/base.ts'
import { JUDGE } from './shell/judge.ts'
import { FINISH, LOCK } from './shell/lock.ts'
import { newEditId, type Store } from './store.ts'

/** What became of each file in debs_path. */
export interface Delivered {
  readonly fileName: string
  readonly path: string
  readonly change: 'new' | 'same' | 'replaced'
}

/**
 * Puts built .debs into debs_path; each appears whole, and none where one is refused. Where that folder is the pool, a
 * file there is replaced only while no version registers it: else it fails with RegisteredOtherwise.
 */
export function deliver(
  store: Store,
  debsPath: string,
  files: readonly { readonly fileName: string; readonly path: string; readonly sha256?: string }[],
  id = newEditId(),
): Edit<readonly Delivered[]> {
  const debs = parseRemoteFolder(debsPath, 'debs_path')
  const names = files.map(({ fileName }) => parseDebFileName(fileName))
  const lines = files.map(
    ({ path, sha256 = '-' }, at) => `${names[at]}\t${parseRemoteFolder(path, 'a built package')}\t${sha256}`,
  )
  return {
    stdin: [...lines, '.', ''].join('\n'),
    query: {
      command: script(sh`${base(store)}
debs=${debs}
hold=${debs}/.${id}
${LOCK}
${FINISH}
${JUDGE}
${DELIVER}`),
      parse(stdout) {
        const { all } = parseAnswer(stdout)
        return (['new', 'same', 'replaced'] as const).flatMap((change) =>
          all(change).map(([fileName = '']) => ({ fileName, path: `${debs}/${fileName}`, change })),
        )
      },
      assumed: names.map((fileName) => ({ fileName, path: `${debs}/${fileName}`, change: 'new' })),
      failed: refusal(store),
    },
  }
}

const DELIVER = sh`mkdir -p -- "$debs" && mkdir -- "$hold" || die 77 unwritable "$debs"
trap 'rm -rf -- "$hold"' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
whole=
while IFS=$tab read -r file path expected; do
  if [ "$file" = . ]; then whole=1; break; fi
  if [ ! -f "$path" ] && [ -f "$debs/$file" ]; then
    # Whoever joined the same build was faster, and has tidied up.
    sum_of "$debs/$file"
    if [ "$sum" = "$expected" ]; then fact same "$file"; continue; fi
  fi
  [ -f "$path" ] && [ -r "$path" ] || die 66 no-file '' "$file" "$path"
  must cp --reflink=auto -- "$path" "$hold/$file"
done
[ -n "$whole" ] || die 74 cut
set -- "$hold"/*
[ ! -e "$1" ] || must chmod 0644 "$@"
pool=
if [ "$debs" -ef "$meta/debs" ]; then
  pool=1
  lock
  finish
fi
refused=
for new in "$hold"/*; do
  [ -e "$new" ] || continue
  file=\${new##*/}
  if [ ! -e "$debs/$file" ]; then
    fact new "$file"
  elif cmp -s -- "$new" "$debs/$file"; then
    fact same "$file"
    must rm -f -- "$new"
  elif [ -n "$pool" ] && names_file "$file"; then
    refused=1
    sum_of "$debs/$file"
    old=$sum
    sum_of "$new"
    fact taken '' '' "$file" "$old" "$sum"
  else
    fact replaced "$file"
  fi
done
[ -z "$refused" ] || exit 73
sync -f -- "$hold" || unwritten sync
for new in "$hold"/*; do
  [ ! -f "$new" ] || must mv -fT -- "$new" "$debs/\${new##*/}"
done`
