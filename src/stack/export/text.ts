import type { Imported } from './bundle/stack-bundle.ts'
import type { Exported } from './stack-export.ts'

/** What an export came to, and the line for apt's sources. */
export function exportText(exported: Exported): string {
  const { stack, suite, count, architectures, changed, signedBy, until, source, bundle } = exported
  const what = `${stack} ${changed ? 'is exported' : 'was exported already'} as ${suite}: ${packages(count)} for ${architectures.join(', ')}`
  const trust =
    signedBy === null
      ? 'not signed: no gpg_key is set, so apt must be told to trust it ([trusted=yes])'
      : `signed by gpg key ${signedBy}; hosts need its public half:\n  gpg --armor --export ${signedBy} > gachette.asc   # to /etc/apt/keyrings`
  const lines = [what, trust, ...(until ? [`apt refuses it after ${until}`] : []), '', source]
  if (bundle) lines.push('', `${bundle.file} holds all of it: ${bundle.bytes} bytes, sha256 ${bundle.sha256}`)
  return lines.join('\n')
}

/** What an import came to. */
export function importedText(imported: Imported): string {
  const { stack, domain, change, count, newPackages, suites, channel, latest, signers, digest } = imported
  const where = domain === 'main' ? '' : ` (domain ${domain})`
  const what = {
    imported: `stack ${stack}${where} is imported, and frozen: ${packages(count)}, ${newPackages} of them new`,
    signed: `stack ${stack}${where} was there already; it has new signatures`,
    same: `stack ${stack}${where} was there already; nothing was changed`,
  }[change]
  return [
    what,
    `digest ${digest}`,
    ...(signers.length > 0 ? [`signed by ${signers.join(', ')}`] : []),
    ...(channel ? [`channel ${channel} leads to it`] : []),
    ...(latest ? [`latest is ${latest}`] : []),
    ...suites.map((suite) => `apt suite ${domain}/${suite}`),
  ].join('\n')
}

const packages = (count: number): string => (count === 1 ? '1 package' : `${count} packages`)
