import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { askProgram } from '../../src/inventory/index.ts'
import { CancelledError, type GachetteError, SettingsError } from '../../src/shell/index.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gachette-inventory-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

function program(text: string): string {
  const path = join(folder, 'hosts')
  writeFileSync(path, `#!/bin/sh\n${text}\n`)
  chmodSync(path, 0o755)
  return path
}

const ask = (
  text: string,
  more: { args?: readonly string[]; timeoutMs?: number; signal?: AbortSignal } = {},
) => {
  const { args = [], timeoutMs = 20_000, signal } = more
  return askProgram({
    words: [program(text), ...args],
    cwd: folder,
    env: { ...process.env, WHO: 'me' },
    timeoutMs,
    signal,
  })
}

async function refusal(asked: Promise<string>): Promise<GachetteError> {
  const error: unknown = await asked.then(
    () => new Error('it was accepted'),
    (why) => why,
  )
  if (error instanceof SettingsError || error instanceof CancelledError) return error
  throw error
}

const isGone = (file: string) => {
  const pid = Number(readFileSync(join(folder, file), 'utf8'))
  try {
    process.kill(pid, 0)
    return false
  } catch {
    return true
  }
}

test('its words reach it as they are, and its stdout is the answer', async () => {
  const answer = await ask(`printf '%s|' "$@" "$WHO" "$PWD"; echo noise >&2; cat`, {
    args: ['$(id)', 'a b', '-x;y'],
  })
  expect(answer).toBe(`$(id)|a b|-x;y|me|${folder}|`)
})

test('the last lines of its stderr are shown when it fails, as text', async () => {
  const error = await refusal(ask(`seq 1 12 >&2; printf 'no \\033[31maccess\\n' >&2; exit 3`))
  expect(error.message).toBe(`inventory ${folder}/hosts ended with exit code 3`)
  expect(error.output).toEqual(['4', '5', '6', '7', '8', '9', '10', '11', '12', 'no  [31maccess'])
  expect(error.exitCode).toBe(2)
})

test('when its time is up it ends, and all that it has started', async () => {
  const error = await refusal(ask('sleep 600 & echo $! > child; echo $$ > self; wait', { timeoutMs: 300 }))
  expect(error.message).toBe(`inventory ${folder}/hosts had not ended after 0.3 s`)
  await vi.waitFor(() => expect([isGone('self'), isGone('child')]).toEqual([true, true]), 5000)
})

test('what it leaves behind ends with it', async () => {
  expect(await ask('sleep 600 >/dev/null 2>&1 & echo $! > child; echo "{}"')).toBe('{}\n')
  await vi.waitFor(() => expect(isGone('child')).toBe(true), 5000)
})

test('a run that is cancelled ends it', async () => {
  const abort = new AbortController()
  const asked = refusal(ask('echo $$ > self; sleep 600', { signal: abort.signal }))
  await vi.waitFor(() => expect(readFileSync(join(folder, 'self'), 'utf8')).toMatch(/\d\n/), 5000)
  abort.abort()
  expect(await asked).toBeInstanceOf(CancelledError)
  await vi.waitFor(() => expect(isGone('self')).toBe(true), 5000)
})

test('without end is cut off', async () => {
  expect((await refusal(ask('exec cat /dev/zero'))).message).toBe(
    `inventory ${folder}/hosts prints more than 16 MiB`,
  )
})

test('what is not UTF-8 is refused', async () => {
  expect((await refusal(ask(`printf '\\377'`))).message).toBe(
    `inventory ${folder}/hosts: its answer is not UTF-8`,
  )
})

test('a signal that ends it is named', async () => {
  expect((await refusal(ask('kill -9 $$'))).message).toBe(`inventory ${folder}/hosts was ended by SIGKILL`)
})

test('a program that is not there, or may not be executed, is told', async () => {
  const run = (path: string) =>
    refusal(askProgram({ words: [path], cwd: folder, env: process.env, timeoutMs: 5000 }))
  expect((await run('no-such-inventory')).message).toBe(
    'inventory no-such-inventory: there is no program "no-such-inventory"',
  )
  writeFileSync(join(folder, 'plain'), '{}')
  const error = await run(join(folder, 'plain'))
  expect([error.message, error.hint]).toEqual([
    `inventory ${folder}/plain: "${folder}/plain" may not be executed`,
    `chmod +x "${folder}/plain" ; a file of Ansible's is read by its program:  inventory: [ansible-inventory, -i, "${folder}/plain", --list]`,
  ])
  expect((await run('plain')).hint).toBe(
    `a program in this folder is written  ./plain ; a file of Ansible's is read by its program:  inventory: [ansible-inventory, -i, "plain", --list]`,
  )
})
