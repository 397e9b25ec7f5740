import { TaskError } from '../../shell/index.ts'
import { type Refusals, verbLine, type Where } from '../where.ts'

/** A frozen stack is not edited: it stays what was signed. The hint is the line that makes a clone. */
export class FrozenStack extends TaskError {
  override readonly code = 'frozen-stack'
}

/** A record was made of a state that is no longer so: somebody was faster. Nothing was changed. */
export class StaleRecord extends TaskError {
  override readonly code = 'stale-record'
}

/** The folders of a generation hold other versions than its manifest: an old tool wrote through the link. */
export class WrittenThrough extends TaskError {
  override readonly code = 'written-through'
}

/** What edits of stacks and channels refuse. */
export const EDIT_REFUSALS: Refusals = {
  frozen: ([name = ''], where) =>
    new FrozenStack(`stack ${name} is frozen: it stays as it is`, {
      hint: `edit a clone:  ${verbLine(where, 'clone', name, 'NEW')}`,
    }),
  unfrozen: ([name = ''], where) =>
    new TaskError(`stack ${name} is not frozen, and a channel leads to frozen stacks only`, {
      hint: `freeze it:  ${verbLine(where, 'freeze', name)}`,
    }),
  exists: ([name, from]) =>
    new TaskError(`stack ${name} is there already, and is no clone of ${from} as that is now`, {
      hint: 'choose another name',
    }),
  'is-channel': ([name]) =>
    new TaskError(`${name} is the name of a channel`, { hint: 'choose another name for the stack' }),
  'is-stack': ([name]) =>
    new TaskError(`${name} is the name of a stack`, { hint: 'choose another name for the channel' }),
  channel: ([name, stack]) =>
    new TaskError(`${name} is a channel, which leads to stack ${stack || '(nowhere)'}`, {
      hint: 'name a stack',
    }),
  absent: (_, { same }) =>
    new TaskError(
      `${same.map(([, name]) => name).join(', ')}: not pinned in this stack; nothing was changed`,
    ),
  'stale-freeze': ([name]) =>
    new StaleRecord(`stack ${name} was frozen meanwhile, by somebody else; nothing was changed`, {
      hint: 'repeat it, to add a signature to what they have written',
    }),
  'stale-channel': ([channel, number, expected]) =>
    new StaleRecord(
      `channel ${channel} is at number ${Number(number)}, and ${Number(expected)} was expected; nothing was changed`,
      { hint: 'somebody else promoted a stack: look where it leads to, then repeat' },
    ),
  'other-digest': ([name, found, expected]) =>
    new StaleRecord(`stack ${name} has digest ${found}, and ${expected} was expected; nothing was changed`),
  'written-through': ([name = ''], where) => writtenThrough(name, where),
  odd: (values, { same, ...where }) =>
    new WrittenThrough(
      same
        .map(([, stack, name]) => `stack ${stack}: packages/${name}/version names no valid version`)
        .join('\n'),
      { hint: restoreHint(values[0] ?? '', where) },
    ),
}

const writtenThrough = (stack: string, where: Where): WrittenThrough =>
  new WrittenThrough(
    [
      `stack ${stack}: its folders hold other versions than its manifest; an old tool wrote through the link`,
      ...where.same.map(
        ([, , name, version, was]) =>
          `  ${name}: ${version || 'nothing'}, and the manifest says ${was || 'nothing'}`,
      ),
    ].join('\n'),
    {
      hint: `take the change into the stack:  ${verbLine(where, 'adopt', stack)}\n${restoreHint(stack, where)}`,
    },
  )

const restoreHint = (stack: string, where: Pick<Where, 'store' | 'typed'>): string =>
  `or put back what the manifest says:  ${verbLine(where, 'adopt', stack, '--restore')}`
