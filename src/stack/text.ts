import type { ListedStack } from './list.ts'
import type { ShownStack } from './show.ts'
import type { Frozen, InChannel, OnHost } from './standing.ts'
import { counted, table } from './table.ts'

/** A stack for people: what it is, then one line per package. */
export function stackText(stack: ShownStack): string {
  const where = stack.domain === 'main' ? '' : `  domain ${stack.domain}`
  const facts = [
    `${stack.name}${where}  ${counted(stack.packages.length, 'package')}`,
    ...(stack.digest
      ? [`digest      ${stack.digest}`]
      : ['a plain folder of 2013; the first edit migrates it']),
    ...(stack.generation ? [`generation  ${stack.generation}  ${stack.when} by ${stack.who}`] : []),
    ...(stack.created ? [`created     ${stack.created}`] : []),
    ...(stack.frozen ? [`frozen      ${frozenText(stack.frozen)}`] : []),
    ...(stack.aliases ? [`also        ${stack.aliases.join(', ')}`] : []),
    ...(stack.channels ?? []).map((channel) => `channel     ${channelText(channel)}`),
    ...(stack.hosts ?? []).map((host) => `on host     ${hostText(host, stack.digest)}`),
  ]
  const rows = stack.packages.map((pin) => [
    pin.name,
    pin.version,
    pin.file ?? '(no file)',
    pin.sha256?.slice(0, 12) ?? '-',
    pin.pinnedAt ? `${pin.pinnedAt} by ${pin.pinnedBy}` : '',
  ])
  return [...facts, ...(rows.length > 0 ? ['', ...table(rows)] : [])].join('\n')
}

/** Stacks for people: one line each. */
export function stacksText(stacks: readonly ListedStack[]): string {
  if (stacks.length === 0) return 'no stacks yet'
  return table(
    stacks.map((stack) => [
      stack.name,
      counted(stack.count, 'package'),
      stack.digest?.slice(0, 12) ?? '-',
      stack.generation ?? 'plain folder',
      stack.created ? `created ${stack.created}` : '',
      stack.frozen ? `frozen, ${signatures(stack.frozen)}` : '',
      stack.aliases?.join(', ') ?? '',
    ]),
  ).join('\n')
}

function frozenText(frozen: Frozen): string {
  const why = frozen.why === undefined ? '' : `: ${frozen.why}`
  return `${frozen.when} by ${frozen.who}, ${signatures(frozen)}${why}`
}

const signatures = (frozen: Frozen): string =>
  frozen.signatures === 0 ? 'unsigned' : counted(frozen.signatures, 'signature')

function channelText({ channel, number, when, who, until }: InChannel): string {
  const end = until === undefined ? '' : `, until ${until}`
  return `${channel}  number ${number}, ${when} by ${who}${end}`
}

function hostText({ host, when, digest }: OnHost, now: string | undefined): string {
  const change = digest === now ? '' : ', before the last edit'
  return `${host}  ${when}${change}`
}
