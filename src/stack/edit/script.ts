import { type Command, script, sh } from '../../shell/index.ts'
import type { StackName } from '../name.ts'
import { base } from '../shell/base.ts'
import { DESCRIBE } from '../shell/describe.ts'
import { EDIT } from '../shell/edit.ts'
import { COMMIT, GENERATION } from '../shell/generation.ts'
import { LAYOUT } from '../shell/layout.ts'
import { FIND, FINISH, LOCK } from '../shell/lock.ts'
import { MIGRATE } from '../shell/migrate.ts'
import { parseLogText, type Store } from '../store.ts'

/** What every edit may be told. */
export interface EditOptions {
  /** The edit is refused (StaleGeneration) when the stack is at another one. */
  readonly expectGeneration?: string | undefined
  /** One line for the log. */
  readonly why?: string | undefined
  /** How gachette was called, for the lines a message tells to type: `gachette -H build1`. */
  readonly typed?: string | undefined
}

/** The script of an edit of `stack` ('' where it is named later): what all edits share, then its own lines. */
export function editScript(
  store: Store,
  { stack, id, why, expectGeneration = '' }: EditOptions & { stack: StackName | ''; id: string },
  own: Command,
): Command {
  return script(sh`${base(store)}
id=${id}
stack=${stack}
why=${why === undefined ? 'null' : JSON.stringify(parseLogText(why))}
expected_generation=${expectGeneration}
${LOCK}
${FINISH}
${FIND}
${LAYOUT}
${DESCRIBE}
${GENERATION}
${COMMIT}
${MIGRATE}
${EDIT}
${own}`)
}
