import { type Query, script, sh, TaskError } from '../shell/index.ts'
import { refusal } from './failure.ts'
import { type Generation, object, type Pin, parseGeneration, parsePins } from './manifest.ts'
import type { StackName } from './name.ts'
import { base } from './shell/base.ts'
import { FIND, FINISH, LOCK } from './shell/lock.ts'
import { MIGRATE } from './shell/migrate.ts'
import type { Store } from './store.ts'

/** A stack as it is now. A plain folder of 2013 that no edit has touched yet has no generation and no digests. */
export interface ShownStack extends Partial<Generation> {
  readonly name: string
  readonly domain: string
  /** ISO time, UTC; absent where the log does not go back to it. */
  readonly created?: string
  readonly packages: readonly Pin[]
}

/** Which generation a stack is at; `generation` is absent for a plain folder of 2013. */
export interface StackState {
  readonly generation?: string
}

/** Fails with the line to type (NoSuchStack) when the stack is not there. `typed` is how gachette was called. */
export function mustExist(store: Store, name: StackName, typed?: string): Query<StackState> {
  return {
    command: script(sh`${opened(store, name)}
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

/** Everything a stack holds. */
export function showStack(store: Store, name: StackName, typed?: string): Query<ShownStack> {
  return {
    command: script(sh`${opened(store, name)}
created=
log=$root/log/$domain/$stack.jsonl
[ ! -f "$log" ] || IFS= read -r created <"$log"
printf '%s\n' "$created"
if ! is_plain; then
  generation_of
  cat -- "$root/gen/$domain/$current/.manifest.json"
  exit
fi
echo plain
for each in "$place"/packages/*; do
  read_pin "$each" || continue
  is_registered "$name" "$version" || word=
  printf '{"name":"%s","version":"%s","file":"%s"}\n' "$name" "$version" "$word"
done`),
    parse(stdout) {
      const [log = '', head, ...lines] = stdout.split('\n')
      if (head === undefined) throw new TaskError('the store did not say what the stack holds')
      const created = createdOf(log)
      return {
        name,
        domain: store.domain,
        ...(created && { created }),
        ...(head !== 'plain' && parseGeneration(head)),
        packages: parsePins(lines),
      }
    },
    assumed: { name, domain: store.domain, packages: [] },
    failed: refusal(store, typed),
  }
}

/** When a stack was created, by the first line of its log. */
export function createdOf(logLine: string): string | undefined {
  if (logLine === '') return undefined
  const { verb, when } = object(logLine)
  return verb === 'create' && typeof when === 'string' ? when : undefined
}

const opened = (store: Store, name: StackName) => sh`${base(store)}
stack=${name}
${LOCK}
${FINISH}
${FIND}
${MIGRATE}
finish_if_left
find_stack "$stack" || die 72 no-stack "$stack"`
