import type { Setting } from './setting.ts'
import { GROUPS, NAMED, PLAIN, PROJECT } from './table.ts'
import { variableOf } from './variables.ts'

const HEAD = `Settings of gachette, in YAML 1.2.

Read from .gachetterc in the working directory and in every folder above it, up to the repository's root or the home folder, then from ~/.config/gachette/ and ~/.gachetterc; the nearest wins, key by key. -c FILE replaces the search.
GACHETTE_<NAME> in the environment wins over files, --set NAME=VALUE and flags win over both. "gachette show_config" says what holds, and where it was said.
Nested keys may be written with dots: "projects.shop.url: …". Quote what looks like a number and is none: "1.10". Local paths are relative to this file. A key without a value takes back what a farther file says.`

/** Every setting with a comment and an example, as `.gachetterc.example` holds it; `off`: each setting is commented out. */
export function settingsExample(off = false): string {
  const lines = [...comment(HEAD)]
  for (const [title, table] of GROUPS) {
    lines.push('', heading(title))
    for (const [name, setting] of Object.entries(table))
      lines.push('', ...describe(name, setting), ...live(`${name}: ${setting.example}`))
  }
  lines.push('', heading('Names you make up'))
  const { roles: role, members, secrets: aSecret } = NAMED
  lines.push('', ...describe('roles.<name>', role), ...live('roles:', `  web: ${role.example}`))
  lines.push('', ...describe('members.<role>', members), ...live('members:', `  web: ${members.example}`))
  lines.push(
    '',
    ...comment('What is built, by name: "gachette quick:0.0.1,shop".'),
    ...live('projects:', '  shop:'),
  )
  for (const [name, setting] of Object.entries(PROJECT)) {
    lines.push(...describe(`projects.<name>.${name}`, setting).map((line) => `    ${line}`))
    lines.push(...live(`    ${name}: ${setting.example}`))
  }
  lines.push('', ...describe('secrets.<name>', aSecret), ...live('secrets:', `  token: ${aSecret.example}`))
  return `${lines.join('\n')}\n`

  function live(...settings: readonly string[]): readonly string[] {
    return off ? settings.map((line) => `#${line}`) : settings
  }
}

/** The `.gachetterc` that `gachette init` writes. */
export const initSettings: string = settingsExample(true)

/** A setting in a few words; `otherwise` is what holds when it is not set. */
export interface SettingSummary {
  readonly name: string
  readonly summary: string
  readonly otherwise?: string
}

/** Every setting, for completion and the reference. */
export const settingSummaries: readonly SettingSummary[] = [
  ...Object.entries(PLAIN),
  ...Object.entries(NAMED).map(([name, each]) => [`${name}.<name>`, each] as const),
  ...Object.entries(PROJECT).map(([name, each]) => [`projects.<name>.${name}`, each] as const),
].map(([name, each]) => {
  const otherwise = otherwiseOf(each)
  return { name, summary: each.about, ...(otherwise === undefined ? {} : { otherwise }) }
})

/** What a setting is, its default, and its variable. */
function describe(name: string, setting: Setting<unknown>): readonly string[] {
  const { about } = setting
  const fallback = otherwiseOf(setting)
  const otherwiseSaid = fallback === undefined ? '' : ` Default: ${fallback}.`
  return [...comment(`${about}.${otherwiseSaid}`), `# ${variableOf(name)}; ${setting.kind.what}`]
}

function otherwiseOf({ otherwise, default: fixed }: Setting<unknown>): string | undefined {
  return otherwise ?? (fixed === undefined ? undefined : inWords(fixed))
}

function heading(title: string): string {
  return `# ── ${title} ${'─'.repeat(94 - title.length)}`
}

function inWords(value: unknown): string {
  if (!Array.isArray(value)) return String(value)
  return value.length === 0 ? 'none' : value.join(' ')
}

/** Text as comment lines of 100 characters at most. */
function comment(text: string): readonly string[] {
  return text.split('\n').flatMap((paragraph) => {
    const lines = ['#']
    for (const word of paragraph.split(' ')) {
      const longer = `${lines.at(-1)} ${word}`
      if (longer.length > 100) lines.push(`# ${word}`)
      else lines[lines.length - 1] = longer
    }
    return lines.map((line) => line.trimEnd())
  })
}
