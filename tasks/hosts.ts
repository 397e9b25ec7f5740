import { defineTask, foldNames, type Host } from 'gachette'

export const hosts = defineTask({
  summary: 'Show which hosts a selection means, and what is known of them',
  hosts: 'none',
  params: {
    selection: {
      type: 'string',
      optional: true,
      summary: "such as '@web,!web07'; without it, the hosts of the run",
    },
  },
  run: async ({ setting }, { selection }) =>
    (await setting.hosts?.(selection === undefined ? [] : [selection])) ?? [],
  answer: (found) => {
    if (found.length === 0) return 'none'
    const rows = found.map((host) => [host.name, ...factsOf(host)])
    const widths = [0, 1].map((column) => Math.max(0, ...rows.map((row) => row[column]?.length ?? 0)))
    const lines = rows.map((row) =>
      row
        .map((cell, at) => cell.padEnd(widths[at] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    return [`${foldNames(found.map(({ name }) => name))}  (${found.length})`, ...lines].join('\n')
  },
})

/** How it is reached, and its roles. */
function factsOf(host: Host): readonly [string, string] {
  const roles = (host.roles ?? []).map((role) => `@${role}`).join(' ')
  if (host.kind === 'local') return ['this machine', roles]
  const { user, address, port, gateway } = host
  const reached = `${user === undefined ? '' : `${user}@`}${address}${port === undefined ? '' : ` port ${port}`}`
  return [gateway === undefined ? reached : `${reached} by way of ${gateway}`, roles]
}
