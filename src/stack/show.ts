import { type Query, script, sh, TaskError } from '../shell/index.ts'
import { parseAnswer } from './facts.ts'
import { refusal } from './failure.ts'
import { type Generation, objectOrNone, type Pin, parseGeneration, parsePins } from './manifest.ts'
import type { StackName } from './name.ts'
import { opened } from './shell/opened.ts'
import { type Frozen, type InChannel, type OnHost, standingOf } from './standing.ts'
import type { Store } from './store.ts'

/** A stack as it is now. A plain folder of 2013 that no edit has touched yet has no generation and no digests. */
export interface ShownStack extends Partial<Generation> {
  readonly name: string
  readonly domain: string
  /** ISO time, UTC; absent where the log does not go back to it. */
  readonly created?: string
  /** Absent while it can be edited. */
  readonly frozen?: Frozen
  /** Its other names: `latest`, channels. Absent where there are none, as the next two. */
  readonly aliases?: readonly string[]
  /** The channels that point to it. */
  readonly channels?: readonly InChannel[]
  /** The hosts that got it last. */
  readonly hosts?: readonly OnHost[]
  readonly packages: readonly Pin[]
}

/** Which generation a stack is at; `generation` is absent for a plain folder of 2013. */
export interface StackState {
  readonly generation?: string
}

/**
 * Fails with the line to type where the stack is not there (NoSuchStack), or is frozen and takes no edit (FrozenStack).
 * `typed` is how gachette was called.
 */
export function mustExist(store: Store, name: StackName, typed?: string): Query<StackState> {
  return {
    command: script(sh`${opened(store, name, 'no-stack')}
[ ! -f "$root/frozen/$domain/$stack.json" ] || die 80 frozen "$stack"
current=
is_plain || generation_of
printf '%s\n' "$current"`),
    parse(stdout) {
      const generation = stdout.trim()
      return generation === '' ? {} : { generation }
    },
    assumed: {},
    failed: refusal(store, typed),
  }
}

/** Everything a stack holds, and what is said of it; `name` may be `latest` or a channel. */
export function showStack(store: Store, name: StackName, typed?: string): Query<ShownStack> {
  return {
    command: script(sh`${opened(store, name, 'unknown-stack')}
follow_alias
find_stack "$stack" || die 72 unknown-stack "$stack"
fact stack "$stack"
created=
log=$root/log/$domain/$stack.jsonl
[ ! -f "$log" ] || IFS= read -r created <"$log"
[ -z "$created" ] || printf '%s\n' "$created"
${SHOW_STANDING}
if ! is_plain; then
  generation_of
  cat -- "$root/gen/$domain/$current/.manifest.json"
  exit
fi
fact plain
for each in "$place"/packages/*; do
  read_pin "$each" || continue
  is_registered "$name" "$version" || word=
  printf '{"name":"%s","version":"%s","file":"%s"}\n' "$name" "$version" "$word"
done`),
    parse: (stdout) => parseShown(stdout, store.domain),
    assumed: { name, domain: store.domain, packages: [] },
    failed: refusal(store, typed),
  }
}

function parseShown(stdout: string, domain: string): ShownStack {
  const { first, all, json } = parseAnswer(stdout)
  const name = first('stack')?.[0]
  const head = json.find((line) => line.startsWith('{"v":1,"generation":'))
  if (name === undefined || (head === undefined && first('plain') === undefined))
    throw new TaskError('the store did not say what the stack holds')
  const created = json.filter((line) => line.startsWith('{"when":')).map(createdOf)[0]
  const { frozen, channels, hosts } = standingOf(
    json,
    new Map([[name, Number(first('signatures')?.[0] ?? 0)]]),
  )
  const aliases = all('alias').map(([alias = '']) => alias)
  const said = { frozen: frozen.get(name), channels: channels.get(name), hosts: hosts.get(name) }
  return {
    name,
    domain,
    ...(created && { created }),
    ...(head !== undefined && parseGeneration(head)),
    ...Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined)),
    ...(aliases.length > 0 && { aliases }),
    packages: parsePins(json),
  }
}

/** When a stack was created, by the first line of its log; a line that was cut short does not say it. */
export function createdOf(logLine: string): string | undefined {
  const { verb, when } = objectOrNone(logLine) ?? {}
  return verb === 'create' && typeof when === 'string' ? when : undefined
}

// A name holds nothing that is special in a pattern.
const SHOW_STANDING = sh`if [ -d "$stacks" ]; then
  find "$stacks/" -maxdepth 1 -type l -lname "$stack" -printf 'alias\t%f\n' | sort
fi
texts "$root/frozen/$domain/$stack.json"
if [ -d "$root/frozen/$domain/$stack.sigs" ]; then
  set -- "$root/frozen/$domain/$stack.sigs"/*.sig
  [ ! -e "$1" ] || fact signatures $#
fi
pointers
hosts | grep -F "\"stack\":\"$stack\""`
