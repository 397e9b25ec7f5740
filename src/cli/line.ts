import type { RunRequest } from '../run/index.ts'
import { quote } from '../shell/index.ts'

/**
 * A request as one would type it, in a line for people: options, then the tasks as `texts` has them.
 * `-H web1,web2 --pool 2 restart nginx`
 */
export function lineOf(request: RunRequest, texts: readonly string[]): string {
  const { hosts, roles, exclude, limit = [], configFile, command } = request
  const lists = [
    ['-H', hosts],
    ['-R', roles],
    ['-x', exclude],
    ['--limit', limit],
  ] as const
  const given = lists.filter(([, list]) => list.length > 0)
  return [
    ...(configFile === undefined ? [] : ['-c', quote(configFile)]),
    ...given.flatMap(([flag, list]) => [flag, quote(list.join(','))]),
    ...settingsOf(request),
    ...(command?.pty ? ['--pty'] : []),
    typed(texts, command).join('; '),
  ].join(' ')
}

/** A line for the remote shell is one word here: `-- 'df -h | tail -1'`, not a pipe of this machine. */
function typed(texts: readonly string[], command: RunRequest['command']): readonly string[] {
  const last = texts.at(-1)
  if (command === undefined || !('line' in command) || last === undefined) return texts
  const [before = '', ...line] = last.split('-- ')
  return [...texts.slice(0, -1), `${before}-- ${quote(line.join('-- '))}`]
}

/** `--set` as it was given; of a flag that stands for several settings, the one that has a value. */
function settingsOf({ settings }: RunRequest): readonly string[] {
  const flags = new Map<string, string | undefined>()
  const words: string[] = []
  for (const { key, value, source } of settings) {
    if (source === '--set') words.push('--set', `${quote(key)}=${quote(String(value))}`)
    else flags.set(source, value === true ? flags.get(source) : quote(String(value)))
  }
  return [...words, ...[...flags].flatMap(([flag, value]) => (value === undefined ? [flag] : [flag, value]))]
}
