import { foldNames } from '../inventory/index.ts'
import { listRuns, type RunSummary, stateText } from '../journal/index.ts'
import type { RunWith } from './run.ts'
import { write } from './streams.ts'

/** `gachette runs`: the last runs, the newest first; with `--json` one document. */
export async function runs(
  { count }: Readonly<Record<string, unknown>>,
  { world, globals }: RunWith,
): Promise<number> {
  const found = listRuns(world, typeof count === 'number' ? count : 20)
  await write(world.stdout, globals.json ? `${JSON.stringify(found, null, 2)}\n` : textOf(found))
  return 0
}

function textOf(found: readonly RunSummary[]): string {
  const states = found.map(({ state }) => stateText(state))
  const width = Math.max(0, ...states.map(({ length }) => length))
  return found
    .map(
      ({ run, startedAt, line, hosts }, at) =>
        `${run}  ${localTime(startedAt)}  ${(states[at] ?? '').padEnd(width)}  ${oneLine(line)}  on ${foldNames(hosts)}\n`,
    )
    .join('')
}

/** `2026-11-20 12:14:39`, by the clock on the wall here. */
function localTime(time: string): string {
  const at = new Date(time)
  const two = (number: number) => String(number).padStart(2, '0')
  const day = [at.getFullYear(), at.getMonth() + 1, at.getDate()].map(two).join('-')
  return `${day} ${[at.getHours(), at.getMinutes(), at.getSeconds()].map(two).join(':')}`
}

const oneLine = (text: string): string => {
  const line = text.replace(/[\x00-\x1f\x7f-\x9f]+/g, ' ')
  return line.length <= 100 ? line : `${line.slice(0, 99)}…`
}
