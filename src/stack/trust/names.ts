import { type Query, script, sh, TaskError, UsageError } from '../../shell/index.ts'
import { refusal } from '../failure.ts'
import { parseStackName, type StackName } from '../name.ts'
import { base } from '../shell/base.ts'
import type { Store } from '../store.ts'
import { isStackName } from './shape.ts'

/** What a name asks for: one stack or channel by that name, or the highest frozen version of a range. */
export type Asked =
  | { readonly type: 'name'; readonly name: StackName }
  | { readonly type: 'range'; readonly range: string; readonly name?: StackName }

/** `latest`, `^1.2`, `~1.2`, `1.x`, `1.2.*`: ranges; everything else is a name. `1.x` is a name first, where there is one. */
export function asked(text: string): Asked {
  if (text === 'latest') return { type: 'range', range: '*' }
  if (/^[\^~]\d/.test(text) || /^\d+\.(\d+\.)?[xX*]$/.test(text)) {
    return { type: 'range', range: text, ...(isStackName(text) && { name: parseStackName(text) }) }
  }
  return { type: 'name', name: parseStackName(text) }
}

/** The frozen stacks of a domain, by name. */
export const frozenStacks = (store: Store): Query<readonly string[]> => ({
  command: script(sh`${base(store)}
cd -- "$root/frozen/$domain" 2>/dev/null || exit 0
for record in [A-Za-z0-9]*.json; do
  name=\${record%.json}
  [ ! -L "$stacks/$name" ] || printf '%s\n' "$name"
done`),
  parse: (stdout) => stdout.split('\n').filter(isStackName),
  assumed: [],
  failed: refusal(store),
})

/** The one stack that a range stands for. Throws a TaskError where there is none, a UsageError for no range. */
export async function pick(
  { range, name }: Extract<Asked, { readonly type: 'range' }>,
  frozen: readonly string[],
): Promise<StackName> {
  if (name !== undefined && frozen.includes(name)) return name
  const [{ default: maxSatisfying }, { default: validRange }] = await Promise.all([
    import('semver/ranges/max-satisfying.js'),
    import('semver/ranges/valid.js'),
  ])
  if (validRange(range) === null) throw new UsageError(`${range} is no range of versions, such as ^1.2`)
  const found = maxSatisfying([...frozen], range)
  if (found !== null) return parseStackName(found)
  const wanted = range === '*' ? 'latest' : range
  throw new TaskError(`no frozen stack is ${wanted}${frozen.length === 0 ? ': none is frozen' : ''}`, {
    hint:
      frozen.length === 0
        ? 'freeze one:  gachette stack freeze STACK'
        : `frozen are: ${frozen.slice(-8).join(', ')}${frozen.length > 8 ? ', …' : ''}`,
  })
}
