import { compareVersions, isVersion } from '../deb/index.ts'
import type { LoggedChange, LoggedEdit, StackLog } from './log.ts'
import { counted, oneLine } from './table.ts'

/** More packages of one edit than these are counted. */
const SHOWN = 20

/** The history of a stack for people, newest first: one line per edit, below it what became of each package. */
export function logText({ name, domain, edits, damaged }: StackLog): string {
  const where = domain === 'main' ? '' : `  domain ${domain}`
  const spoilt =
    damaged === 0
      ? []
      : ['', `${counted(damaged, 'line')} of the log cannot be read: ${name}.jsonl was changed`]
  if (edits.length === 0)
    return [`${name}${where}  no history: no edit of this program has touched it`, ...spoilt].join('\n')
  return [`${name}${where}  ${counted(edits.length, 'edit')}`, ...edits.flatMap(editLines), ...spoilt].join(
    '\n',
  )
}

function editLines(edit: LoggedEdit): readonly string[] {
  const { verb, when = 'at a time not known', who, why, from, channel, changes = [] } = edit
  const what = [verb, ...(from ? [`from ${from}`] : []), ...(channel ? [`to ${channel}`] : [])].join(' ')
  const by = who === undefined ? '' : ` by ${oneLine(who)}`
  const reason = why === undefined ? '' : `  ${oneLine(why)}`
  const lost = edit.recovered ? ['    its line is lost; the store still tells of it'] : []
  const more = changes.length - SHOWN
  return [
    '',
    `${when}${by}  ${what}${reason}`,
    ...lost,
    ...changes.slice(0, SHOWN).map((change) => `    ${changeLine(change)}`),
    ...(more > 0 ? [`    and ${counted(more, 'package')} more`] : []),
  ]
}

function changeLine({ name, version, was }: LoggedChange): string {
  if (version === null) return `- ${name} ${was ?? ''}`.trimEnd()
  if (was === null) return `+ ${name} ${version}`
  const isDown = isVersion(was) && isVersion(version) && compareVersions(was, version) > 0
  return `${isDown ? 'v' : '^'} ${name} ${was} -> ${version}`
}
