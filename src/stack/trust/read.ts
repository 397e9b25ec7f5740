import { printable, type Query, script, sh, TaskError } from '../../shell/index.ts'
import { parseAnswer } from '../facts.ts'
import { refusal } from '../failure.ts'
import type { StackName } from '../name.ts'
import { base } from '../shell/base.ts'
import { FIND, FINISH, LOCK } from '../shell/lock.ts'
import { MIGRATE } from '../shell/migrate.ts'
import type { Store } from '../store.ts'
import { type Packed, unpack } from './packed.ts'
import { PACK, WITH_SIGNATURES } from './shell/pack.ts'

/** What the store says of a name, as it says it: nothing of it is checked yet. */
export interface ReadStack {
  /** The stack's name; of a channel, where its newest pointer points to. */
  readonly stack: string
  /** What is there by that name: a generation, a plain folder of 2013, a link that no pointer speaks of, or nothing. */
  readonly is:
    | { readonly type: 'generation'; readonly generation: string }
    | { readonly type: 'plain' | 'alias' | 'missing' }
  /** Where the name is a channel's: its newest pointer, and where the link for old readers leads. */
  readonly channel?: { readonly number: string; readonly link: string }
  readonly files: Packed
}

/** Where things lie, below META. */
export const places = {
  manifest: (domain: string, generation: string) => `.gachette/gen/${domain}/${generation}/.manifest.json`,
  frozen: (domain: string, stack: string) => `.gachette/frozen/${domain}/${stack}.json`,
  pointer: (domain: string, channel: string, number: string) =>
    `.gachette/channels/${domain}/${channel}/${number}.json`,
}

/** Reads a stack, or where a channel points to: its manifest, its freeze record, its pointer, all signatures. One trip. */
export const readStack = (store: Store, name: StackName): Query<ReadStack> => ({
  command: script(sh`${base(store)}
stack=${name}
${LOCK}
${FINISH}
${FIND}
${MIGRATE}
${PACK}
${READ}`),
  parse(stdout) {
    const answer = parseAnswer(stdout)
    const [stack, state, generation] = answer.first('stack') ?? []
    if (stack === undefined) throw new TaskError(`the store did not say what ${name} is`)
    const [number, link = ''] = answer.first('channel') ?? []
    // Another stack may be frozen and signed as well: only a channel's pointer leads to one by another name.
    if (number === undefined && stack !== name)
      throw new TaskError(`the store was asked for stack ${name}, and answered with ${printable(stack)}`, {
        hint: 'that is no answer of this program: see who else answers on that machine',
      })
    return {
      stack,
      is: generation
        ? { type: 'generation', generation }
        : { type: state === 'plain' || state === 'alias' ? state : 'missing' },
      ...(number && { channel: { number, link } }),
      files: unpack(answer),
    }
  },
  assumed: { stack: name, is: { type: 'missing' }, files: new Map() },
  failed: refusal(store),
})

const READ = sh`find_pointer() {
  each=
  for pointer in "$root/channels/$domain/$channel"/[0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9].json; do
    [ ! -f "$pointer" ] || each=\${pointer#"$meta/"}
  done
  [ -n "$each" ] || return 0
  link=$(readlink -- "$stacks/$channel") || link=
  IFS= read -r line <"$meta/$each" || line=
  stack=\${line#*'"stack":"'}
  stack=\${stack%%'"'*}
}
finish_if_left
set --
channel=$stack
find_pointer
if [ -n "$each" ] && [ "$link" != "$stack" ]; then
  # Somebody may be promoting right now: the pointer is there before the link follows it.
  finish_if_left
  find_pointer
fi
if [ -n "$each" ]; then
  number=\${each%.json}
  each=\${each%.json}
  fact channel "\${number##*/}" "$(printf %s "$link" | tr -c 'A-Za-z0-9._+~/-' '?')"
  case $stack in '' | [!A-Za-z0-9]* | *[!A-Za-z0-9._+~-]*) stack=? ;; esac
  cd -- "$meta" || exit
  ${WITH_SIGNATURES}
fi
if [ "$stack" = '?' ] || ! find_stack "$stack"; then
  state=missing
elif is_plain; then
  state=plain
elif link=$(readlink -- "$place") && [ "\${link#*/}" = "$link" ]; then
  state=alias
else
  state=
fi
if [ -n "$state" ]; then
  fact stack "$stack" "$state"
  [ $# -eq 0 ] || pack "$@"
  exit
fi
generation_of
each=.gachette/frozen/$domain/$stack
cd -- "$meta" || exit
if [ -f "$each.json" ]; then
  ${WITH_SIGNATURES}
fi
fact stack "$stack" generation "$current"
pack "$@" ".gachette/gen/$domain/$current/.manifest.json"`
