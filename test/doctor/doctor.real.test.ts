import { existsSync } from 'node:fs'
import { diagnosisLines, examine, examineHere, onHost } from 'gachette'
import { throwawayHost } from 'gachette/testing'
import { expect, test } from 'vitest'

test('a real machine is looked at in one question: programs, folders, disk, clock', async () => {
  const host = await throwawayHost()
  try {
    const settings = { key_filename: host.keyFile, known_hosts: host.knownHosts }
    const wanted = { builds: true, trebuchet: 'no-such-trebuchet' }
    const folders = [`${host.dir}/var/gachette`, '/dev/null/nowhere']
    const asked = host.commands.length
    const found = await onHost(
      `${host.user}@${host.address}:${host.port}`,
      (remote) => examine(remote, wanted, folders),
      { settings },
    )
    expect(host.commands.length - asked).toBe(1)
    const lines = diagnosisLines(found)
    expect(lines).toContain('  ✓ its clock is right')
    expect(lines).toContain('  ✗ lacks no-such-trebuchet, and the settings want it as the builder')
    expect(lines).toContain('  ✗ /dev/null/nowhere cannot be written')
    expect(lines.join('\n')).toMatch(/ {2}[✓!] \/.*\/var\/gachette can be made: \d+\.\d GiB free/)
    expect(existsSync(folders[0] ?? '')).toBe(false)
  } finally {
    await host.stop()
  }
})

test('this machine says which node and which ssh it has', async () => {
  const here = await onHost('local', examineHere)
  expect(diagnosisLines(here)).toContain(`  ✓ node ${process.versions.node}`)
})
