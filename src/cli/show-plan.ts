import { earlierOf } from '../journal/index.ts'
import { planText } from '../report/index.ts'
import { type Plan, planDocument, runSettings } from '../run/index.ts'
import type { Again } from './again.ts'
import type { RunWith } from './run.ts'
import { write } from './streams.ts'

/** `--plan`: what would be done, in the order in which it would. Nothing is connected, and nothing written down. */
export async function showPlan(plan: Plan, { project, globals, world, again }: RunWith): Promise<0> {
  const document = planDocument(plan, runSettings(project.settings.settings), again && earlierIn(again))
  const text = globals.json
    ? `${JSON.stringify(document, undefined, 2)}\n`
    : planText(document, world.stdout.columns ?? 100)
  await write(world.stdout, text)
  return 0
}

/** `--failed` repeats what was done, too. */
const earlierIn = ({ how, past }: Again) => (how === 'failed' ? undefined : earlierOf(past, how))
