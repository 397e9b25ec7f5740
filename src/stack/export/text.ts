import type { Exported } from './stack-export.ts'

/** What an export came to, and the line for apt's sources. */
export function exportText(exported: Exported): string {
  const { stack, suite, count, architectures, changed, signedBy, until, source } = exported
  const what = `${stack} ${changed ? 'is exported' : 'was exported already'} as ${suite}: ${count === 1 ? '1 package' : `${count} packages`} for ${architectures.join(', ')}`
  const trust =
    signedBy === null
      ? 'not signed: no gpg_key is set, so apt must be told to trust it ([trusted=yes])'
      : `signed by gpg key ${signedBy}; hosts need its public half:\n  gpg --armor --export ${signedBy} > gachette.asc   # to /etc/apt/keyrings`
  return [what, trust, ...(until ? [`apt refuses it after ${until}`] : []), '', source].join('\n')
}
