import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { logged } from '../../src/build/log.ts'
import { type Query, script, sh } from '../../src/shell/index.ts'
import { localRemote } from '../support/local-remote.ts'

const asked = (code: number): Query<string> => ({
  command: script(sh`echo answer
echo progress >&2
exit ${code}`),
  parse: (stdout) => stdout.trim(),
  assumed: '',
  failed: ({ exitCode, stdout }) => new Error(`${stdout.trim()} ${exitCode}`),
})

test('what is said is kept in the log alone; answer and exit status stay', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'gachette-log-'))
  const path = join(folder, 'builds/one.log')
  const remote = localRemote()
  expect(await remote.ask(logged(asked(0), path))).toBe('answer')
  await expect(remote.ask(logged(asked(7), path))).rejects.toThrow('answer 7')
  expect(readFileSync(path, 'utf8')).toBe('progress\n')
  expect(readdirSync(join(folder, 'builds'))).toEqual(['one.log'])
  expect(remote.said.join('')).toContain('progress')
  rmSync(folder, { recursive: true })
})

test('they stay also where the log cannot be written', async () => {
  const remote = localRemote()
  expect(await remote.ask(logged(asked(0), '/proc/none/one.log'))).toBe('answer')
  await expect(remote.ask(logged(asked(7), '/proc/none/one.log'))).rejects.toThrow('answer 7')
})
