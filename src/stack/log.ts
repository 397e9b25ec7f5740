import { type Query, script, sh, TaskError } from '../shell/index.ts'
import { parseAnswer } from './facts.ts'
import { refusal } from './failure.ts'
import { type Generation, object, parseGeneration } from './manifest.ts'
import type { StackName } from './name.ts'
import { base } from './shell/base.ts'
import { LINEAGE } from './shell/history.ts'
import { FIND, FINISH, LOCK } from './shell/lock.ts'
import { MIGRATE } from './shell/migrate.ts'
import { STANDING } from './shell/standing.ts'
import { type Frozen, standingOf } from './standing.ts'
import type { Store } from './store.ts'

/** What became of one package in an edit: `version` is null where it was removed, `was` where it is new. */
export interface LoggedChange {
  readonly name: string
  readonly version: string | null
  readonly was: string | null
}

/** One thing that was done to a stack. Times are ISO, UTC. */
export interface LoggedEdit {
  /** `create`, `add`, `remove`, `migrate`, `freeze`, `promote`, … */
  readonly verb: string
  readonly when?: string
  readonly who?: string
  readonly why?: string
  readonly generation?: string
  readonly parent?: string
  readonly digest?: string
  readonly changes?: readonly LoggedChange[]
  /** With `create`: the stack it was cloned from. */
  readonly from?: string
  readonly channel?: string
  /** A crash took its line from the log; the generations, or the record of the freeze, still tell of it. */
  readonly recovered?: true
}

/** The history of a stack. */
export interface StackLog {
  readonly name: string
  readonly domain: string
  /** Newest first. */
  readonly edits: readonly LoggedEdit[]
  /** Lines of the log that cannot be read. */
  readonly damaged: number
}

/** What was done to a stack, by its log; what the log lost is told by the generations, which name their parents. */
export const stackLog = (store: Store, name: StackName, typed?: string): Query<StackLog> => ({
  command: script(sh`${base(store)}
stack=${name}
${LOCK}
${FINISH}
${FIND}
${MIGRATE}
${STANDING}
${LINEAGE}
finish_if_left
follow_alias
find_stack "$stack" || die 72 unknown-stack "$stack"
fact stack "$stack"
texts "$root/log/$domain/$stack.jsonl" | sed 's/^/log\t/'
texts "$root/frozen/$domain/$stack.json"
is_plain && exit
generation_of
lineage "$current"`),
  parse: (stdout) => parseLog(stdout, store.domain),
  assumed: { name, domain: store.domain, edits: [], damaged: 0 },
  failed: refusal(store, typed),
})

function parseLog(stdout: string, domain: string): StackLog {
  const { first, all, json } = parseAnswer(stdout)
  const name = first('stack')?.[0]
  if (name === undefined) throw new TaskError('the store did not say what was done to the stack')
  const lines = all('log').map((words) => editOf(words.join('\t')))
  const heads = json.filter((line) => line.startsWith('{"v":1,"generation":'))
  const { frozen } = standingOf(json, new Map())
  const edits = lines.filter((edit) => edit !== undefined)
  return {
    name,
    domain,
    edits: [...withLost(edits, ofStack(name, heads), heads.length > 0, frozen.get(name))].reverse(),
    damaged: lines.length - edits.length,
  }
}

/** A line that a full disk cut short, and to which the next one was appended, still holds that one. */
function editOf(line: string): LoggedEdit | undefined {
  for (const text of [line, line.slice(line.lastIndexOf('{"when":'))]) {
    try {
      const { stack, when, who, why, verb, generation, parent, digest, changes, from, channel } = object(text)
      if (typeof verb !== 'string' || typeof stack !== 'string') continue
      const texts = Object.entries({ when, who, why, generation, parent, digest, from, channel })
      return {
        verb,
        ...Object.fromEntries(texts.filter(([, value]) => typeof value === 'string' && value !== '')),
        ...(Array.isArray(changes) && { changes: changes.filter(isChange) }),
      }
    } catch {
      // The other reading of it, or none.
    }
  }
  return undefined
}

const isChange = (value: unknown): value is LoggedChange =>
  typeof value === 'object' && value !== null && 'name' in value && typeof value.name === 'string'

/** The generations that this stack's own edits made, oldest first. */
const ofStack = (stack: string, heads: readonly string[]): readonly Generation[] =>
  heads
    .filter((line) => object(`${line}]}`).stack === stack)
    .map(parseGeneration)
    .reverse()

/** Puts what the log lost where it belongs: a generation behind its parent, a freeze at the end, the beginning first. */
function withLost(
  logged: readonly LoggedEdit[],
  generations: readonly Generation[],
  isGenerated: boolean,
  frozen: Frozen | undefined,
): readonly LoggedEdit[] {
  const edits = [...logged]
  const begins = ({ verb }: LoggedEdit) => ['create', 'clone', 'migrate', 'import'].includes(verb)
  const isBegun = edits.some(begins) || generations.some(({ verb }) => begins({ verb }))
  if (isGenerated && !isBegun) edits.unshift({ verb: 'create', recovered: true })
  let behind = edits.findIndex(begins)
  for (const { generation, parent, digest, verb, when, who, why } of generations) {
    const at = edits.findIndex((edit) => edit.generation === generation)
    if (at >= 0) {
      behind = Math.max(behind, at)
      continue
    }
    const known = { verb, when, who, ...(why && { why }), generation, ...(parent && { parent }), digest }
    behind++
    edits.splice(behind, 0, { ...known, recovered: true })
  }
  if (frozen && !edits.some(({ verb }) => verb === 'freeze')) {
    const { when, who, why, digest } = frozen
    const at = edits.findLastIndex((edit) => edit.verb !== 'promote' || (edit.when ?? '') < when)
    edits.splice(at + 1, 0, { verb: 'freeze', when, who, ...(why && { why }), digest, recovered: true })
  }
  return edits
}
