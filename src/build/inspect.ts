import { printable, type Query, sh, TaskError, UsageError } from '../shell/index.ts'
import type { ProjectSnapshot } from './builder.ts'

/** A snapshot is for the texts of a missile, not for a project's other files. */
const MOST_FILES = 300
const MOST_BYTES = 256 * 1024
const MOST_BYTES_TOGETHER = 4 * 1024 * 1024

/** Exit codes of the inspection, above those of signals and of source/. */
const EXIT = { outside: 221, tooLarge: 222 } as const

/**
 * Reads a missile and every file it seems to name (templates, what those include, pip files), and whether the machine
 * has trebuchet; runs in the working copy `dir`. Which words are names only the builder knows, so every word of the
 * missile, and every quoted text of a file it names, that is the name of a small file of the project counts as one.
 *
 * @param program the first word of `trebuchet_bin`
 */
export function inspect(dir: string, missilePath: string, program = 'trebuchet'): Query<ProjectSnapshot> {
  checkMissilePath(missilePath)
  const cut = missilePath.lastIndexOf('/') + 1
  const [project, missile] = [missilePath.slice(0, cut) || './', missilePath.slice(cut)]
  return {
    command: sh`(
${FUNCTIONS}
if command -v ${program} >/dev/null; then echo trebuchet; else echo none; fi
cd -P -- ${dir} || exit
root=$PWD
cd -P -- ${`./${project}`} 2>/dev/null && [ -f ${`./${missile}`} ] || exit 0
inside ${`./${missile}`} || exit ${EXIT.outside}
measure ${`./${missile}`} && [ "$size" -le ${MOST_BYTES} ] || exit ${EXIT.tooLarge}
kept=$newline count=0
keep ${missile}
level=0
while [ $level -lt 8 ] && [ -n "$fresh" ]; do
  scanned=$fresh fresh=
  set -f
  IFS=$newline
  set -- $scanned
  unset IFS
  if [ $level -eq 0 ]; then found=$(words_of "$@"); else found=$(quoted_in "$@"); fi
  while IFS= read -r word; do keep "$word"; done <<END
$found
END
  level=$((level + 1))
done
IFS=$newline
set -- $kept
unset IFS
answer named "$@"
)`,
    parse: (stdout) => parseSnapshot(stdout),
    assumed: { missile: undefined, files: new Map(), hasTrebuchet: false },
    failed({ exitCode }) {
      if (exitCode === EXIT.outside) return new TaskError(`${missilePath} leads out of the working copy`)
      if (exitCode === EXIT.tooLarge) return new TaskError(`${missilePath} is too large to be a missile`)
      return undefined
    },
  }
}

/** A missile lies in the working copy, and its name is one line. Throws a UsageError. */
function checkMissilePath(path: string): void {
  const parts = path.split('/')
  if (
    path === '' ||
    path.endsWith('/') ||
    parts[0] === '' ||
    parts.includes('..') ||
    /[\u0000-\u001f\u007f]/.test(path)
  )
    throw new UsageError(`${printable(path)} is no path of a missile: relative to the project, without ..`)
}

/**
 * Texts of a project's files by path relative to `project`; undefined for what is no file of the working copy. Runs in
 * the working copy.
 */
export function readFiles(
  project: string,
  paths: readonly string[],
): Query<ReadonlyMap<string, string | undefined>> {
  return {
    command: sh`(
${FUNCTIONS}
root=$(pwd -P)
cd -P -- ${`./${project}`} || exit
answer numbered ${paths.map((path) => `./${path}`)}
)`,
    parse(stdout) {
      const found = parseFiles(stdout)
      return new Map(paths.map((path, at) => [path, decode(found.get(String(at)), path)]))
    },
    assumed: new Map(),
  }
}

const FUNCTIONS = sh`export LC_ALL=C
newline='
'
# inside PATH: whether it lies in the working copy, links followed. We came where we are by cd -P.
inside() {
  if [ "\${1%/*}" = . ] && [ ! -L "$1" ]; then real=$PWD; else real=$(readlink -f -- "$1"); fi
  case $real/ in "$root"/*) ;; *) return 1 ;; esac
}
# measure PATH: sets size, in bytes.
measured=
measure() { [ "$1" = "$measured" ] || { measured= && size=$(stat -L -c %s -- "$1") && measured=$1; }; }
# keep WORD: the name of a file of the project, once.
keep() {
  case $1 in '' | /* | .. | ../* | */.. | */../*) return ;; esac
  word=$1
  while [ "\${word#./}" != "$word" ]; do word=\${word#./}; done
  word=./$word
  case $kept in *"$newline$word$newline"*) return ;; esac
  [ $count -lt ${MOST_FILES} ] && [ -f "$word" ] || return
  kept=$kept$word$newline fresh=$fresh$word$newline count=$((count + 1))
}
# words_of FILE…: what may be a value of a YAML file.
words_of() {
  awk '
    function say(word) {
      gsub(/^[ \t]+|[ \t\r]+$/, "", word)
      if (word != "" && length(word) < 300) print word
    }
    function value(text) {
      sub(/^[ \t]*(- +)*/, "", text)
      if (match(text, /^[^:]*:([ \t]|$)/)) text = substr(text, RLENGTH + 1)
      sub(/[ \t]#.*$/, "", text)
      say(text)
    }
    NR > 20000 { exit }
    {
      value($0)
      rest = $0
      while (match(rest, /"[^"]*"|\047[^\047]*\047/)) {
        say(substr(rest, RSTART + 1, RLENGTH - 2))
        rest = substr(rest, RSTART + RLENGTH)
      }
      count = split($0, parts, /[][{},]/)
      if (count > 1) for (at = 1; at <= count; at++) value(parts[at])
    }' "$@"
}
# quoted_in FILE…: the quoted texts of templates.
quoted_in() {
  awk '
    NR > 50000 { exit }
    {
      rest = $0
      while (match(rest, /"[^"]*"|\047[^\047]*\047/)) {
        if (RLENGTH > 2 && RLENGTH < 300) print substr(rest, RSTART + 1, RLENGTH - 2)
        rest = substr(rest, RSTART + RLENGTH)
      }
    }' "$@"
}
# answer named|numbered FILE…: a line for each, SIZE NAME; an empty line; all their bytes, in base64.
answer() {
  how=$1 number=0 together=0
  shift
  for file; do
    shift
    name=\${file#./}
    [ "$how" = named ] || name=$number
    number=$((number + 1))
    [ -f "$file" ] && inside "$file" || continue
    measure "$file" || continue
    together=$((together + size))
    [ "$size" -le ${MOST_BYTES} ] && [ $together -le ${MOST_BYTES_TOGETHER} ] || continue
    printf '%s %s\n' "$size" "$name"
    set -- "$@" "$file"
  done
  echo
  case $# in
    0) ;;
    1) base64 -w 0 -- "$1" ;;
    *) cat -- "$@" | base64 -w 0 ;;
  esac
}`

function parseSnapshot(stdout: string): ProjectSnapshot {
  const [first = '', ...rest] = stdout.split('\n')
  const found = parseFiles(rest.join('\n'))
  const [missile] = found.keys()
  const files = new Map<string, string>()
  for (const [path, bytes] of found) {
    const text = path === missile ? decode(bytes, path) : tryDecode(bytes)
    if (text !== undefined) files.set(path, text)
  }
  return {
    missile: missile === undefined ? undefined : files.get(missile),
    files,
    hasTrebuchet: first === 'trebuchet',
  }
}

/** Name or number → bytes. */
function parseFiles(answer: string): ReadonlyMap<string, Buffer> {
  const end = answer.startsWith('\n') ? 0 : answer.indexOf('\n\n') + 1
  const sizes = answer.slice(0, end).split('\n').slice(0, -1)
  const bytes = Buffer.from(answer.slice(end).trim(), 'base64')
  let at = 0
  const files = new Map<string, Buffer>()
  for (const line of sizes) {
    const [, size = '0', name = ''] = /^(\d+) (.*)$/.exec(line) ?? []
    files.set(name, bytes.subarray(at, at + Number(size)))
    at += Number(size)
  }
  if (at !== bytes.length) throw new TaskError('the host sent less or more of the project than it said')
  return files
}

function decode(bytes: Buffer | undefined, path: string): string | undefined {
  if (bytes === undefined) return undefined
  const text = tryDecode(bytes)
  if (text === undefined) throw new TaskError(`${path} is not UTF-8 text`)
  return text
}

function tryDecode(bytes: Buffer | undefined): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}
