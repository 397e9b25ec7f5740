import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { type Query, render, shellLine } from '../../src/shell/index.ts'
import { type LocalRemote, localRemote } from './local-remote.ts'

/** A remote whose scripts die by SIGKILL, with their whole process group, at the n-th line that they execute. */
export interface DyingRemote {
  readonly remote: LocalRemote
  /** Which line was executed at each point, over all scripts of this remote, where none kills; `!` if it surely writes. */
  points(): readonly string[]
}

/**
 * Every line of a script that begins a statement says first that it is reached; `at` (from 1) is the one that kills,
 * 0 none. `trace` is a file of the remote's own.
 */
export function dyingRemote(trace: string, at: number): DyingRemote {
  writeFileSync(trace, '')
  const remote = localRemote({ ...process.env, KILL_TRACE: trace, KILL_AT: String(at) })
  const ask: LocalRemote['ask'] = (first: unknown, ...rest: readonly unknown[]) => {
    const query = first as Query<unknown>
    const { text } = render(query.command)
    const dying = { ...query, command: shellLine(dyingScript(text)) }
    return remote.ask(dying, ...(rest as [object])) as never
  }
  const points = () => readFileSync(trace, 'utf8').split('\n').slice(0, -1)
  return { remote: Object.assign(Object.create(remote) as LocalRemote, { ask }), points }
}

// Builtins only; what a statement left in $? stays there. One byte for each point tells all subshells how many there were.
const POINT = `gk() {
  gk_status=$?
  if [ "$KILL_AT" -eq 0 ]; then
    printf '%s\\n' "$1" >>"$KILL_TRACE"
  else
    printf . >>"$KILL_TRACE"
    IFS= read -r gk_count <"$KILL_TRACE"
    [ "\${#gk_count}" -ne "$KILL_AT" ] || kill -KILL 0
  fi
  return "$gk_status"
}
`

const scripts = new Map<string, string>()

/** The script with a point before each statement that begins a line; refused by `sh -n` if one was put elsewhere. */
export function dyingScript(text: string): string {
  const known = scripts.get(text)
  if (known !== undefined) return known
  const lines = text.split('\n')
  let quote = ''
  let before = ''
  let hereEnds: string | undefined
  const dying = lines.map((line, at) => {
    if (hereEnds !== undefined) {
      if (line === hereEnds) hereEnds = undefined
      return line
    }
    hereEnds = quote === '' ? /<<([A-Z]+)$/.exec(line)?.[1] : undefined
    const isStatement = quote === '' && beginsStatement(line.trim(), before)
    quote = quoteAfter(line, quote)
    const code = line.replace(/(^|\s)#.*/, '').trim()
    if (code !== '') before = code
    const mark = line.includes('must ') ? '!' : ''
    return isStatement ? line.replace(/^\s*/, (space) => `${space}gk ${at + 1}${mark}; `) : line
  })
  const script = POINT + dying.join('\n')
  execFileSync('sh', ['-n'], { input: script })
  scripts.set(text, script)
  return script
}

const ASSIGNMENTS = /^(\w+=("[^"(]*"|'[^']*'|[^\s("']*)(\s+|$))+$/

/**
 * A line begins a statement unless the one before it goes on, or a pattern of `case` must come, or it only ends or names
 * something; what sets a variable and does nothing else leaves the disk as the line before it did.
 */
const beginsStatement = (line: string, before: string): boolean =>
  line !== '' &&
  !ASSIGNMENTS.test(line) &&
  !/^(#|[})]|;;|\w+\(\) *[{]|(fi|done|esac|else|elif|then|do|main)\b|&&|\|)/.test(line) &&
  !/(\\|&&|\|\|?|;;|\sin)$/.test(before)

/** Which quote is open at the end of a line. */
function quoteAfter(line: string, open: string): string {
  let quote = open
  for (let at = 0; at < line.length; at++) {
    const sign = line[at] ?? ''
    if (sign === '\\' && quote !== "'") at++
    else if (quote === '' && sign === '#' && /^$|\s/.test(line[at - 1] ?? '')) break
    else if (quote === '' && (sign === "'" || sign === '"')) quote = sign
    else if (sign === quote) quote = ''
  }
  return quote
}
