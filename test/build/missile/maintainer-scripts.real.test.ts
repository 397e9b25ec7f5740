import { execFileSync, spawnSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { maintainerScripts } from '../../../src/build/missile/maintainer-scripts.ts'

const postinst = (lines: readonly string[], kind: 'upstart' | 'none') => {
  const scripts = { preinst: [], postinst: lines, prerm: [] }
  const duty = kind === 'none' ? { kind } : { kind, package: 'dh-app' }
  return maintainerScripts(scripts, duty).find(({ name }) => name === 'postinst')?.text ?? ''
}

describe('the user’s lines of a postinst', () => {
  const said = (lines: readonly string[], kind: 'upstart' | 'none') => {
    const { stdout, status } = spawnSync('/bin/sh', ['-s', 'configure'], { input: postinst(lines, kind) })
    return { stdout: stdout.toString(), status }
  }

  test.each([
    ['set -e', 'echo before', 'false', 'echo after'],
    ['echo before', 'exit 3', 'echo after'],
    ['echo before', 'false', 'echo after'],
    ['echo $1 "$0" >&2', 'echo a\nif true; then\n  echo b\nfi'],
    ['cat <<END', '$(echo in a document)', 'END'],
  ])('do the same where lines of ours follow: %s, %s, …', (...lines) => {
    expect(said(lines, 'upstart')).toEqual(said(lines, 'none'))
  })

  test('are a valid script for the shell', () => {
    for (const kind of ['upstart', 'none'] as const)
      execFileSync('/bin/sh', ['-n'], { input: postinst(['echo x'], kind) })
  })
})
