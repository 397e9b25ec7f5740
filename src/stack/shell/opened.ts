import { type Command, sh } from '../../shell/index.ts'
import type { StackName } from '../name.ts'
import type { Store } from '../store.ts'
import { base } from './base.ts'
import { FIND, FINISH, LOCK } from './lock.ts'
import { MIGRATE } from './migrate.ts'
import { STANDING } from './standing.ts'

/** What a script begins with that reads a stack: what was left over is finished, and the stack is there, or said not to be. */
export const opened = (
  store: Store,
  name: StackName,
  missing: 'no-stack' | 'unknown-stack' = 'unknown-stack',
): Command => sh`${base(store)}
stack=${name}
${LOCK}
${FINISH}
${FIND}
${MIGRATE}
${STANDING}
finish_if_left
find_stack "$stack" || die 72 ${missing} "$stack"`
