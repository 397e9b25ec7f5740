import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'

const root = resolve(import.meta.dirname, '..')

test('the public API is documented as a whole: every export, and every type an export names', async () => {
  const out = mkdtempSync(join(tmpdir(), 'gachette-api-'))
  onTestFinished(() => rmSync(out, { recursive: true }))
  const typedoc = join(root, 'node_modules/typedoc/bin/typedoc')
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [typedoc, '--out', out], {
    cwd: root,
  })
  expect(`${stdout}${stderr}`).not.toMatch(/warning|error/)
  for (const page of ['functions/gachette.run.html', 'functions/gachette_testing.rehearse.html'])
    expect(existsSync(join(out, page)), page).toBe(true)
  expect(readFileSync(join(out, 'modules/gachette.html'), 'utf8')).toContain('TaskContext')
}, 240_000)
