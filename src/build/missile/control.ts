import type { BuildRequest } from '../builder.ts'

/** What the control file of a package says, apart from what only the build machine knows (Architecture, Installed-Size). */
export interface ControlFacts {
  readonly name: string
  readonly version: string
  readonly depends: readonly string[]
  readonly summary: string
}

/** The text of a control file: only what the commit and the settings determine, no time, no machine. */
export function controlText(facts: ControlFacts, { source, missilePath, maintainer }: BuildRequest): string {
  const fields: (readonly [string, string])[] = [
    ['Package', facts.name],
    ['Version', facts.version],
    ['Maintainer', oneLine(maintainer)],
    ...(facts.depends.length > 0 ? [['Depends', facts.depends.join(', ')] as const] : []),
    ['Section', 'misc'],
    ['Priority', 'optional'],
    ['Gachette-Url', oneLine(source.url)],
    ['Gachette-Commit', source.commit],
    ['Gachette-Missile', oneLine(missilePath)],
    ['Description', `${oneLine(facts.summary)}\n Made of commit ${source.commit}.`],
  ]
  return fields.map(([name, value]) => `${name}: ${value}\n`).join('')
}

/** A field is one line: whatever else a name or url holds must not begin another field. */
const oneLine = (text: string): string => text.replace(/[\u0000-\u001f\u007f]+/g, ' ').trim()
