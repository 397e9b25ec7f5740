import { Readable } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { openSession, recordedSession } from '../../src/session/index.ts'
import { Secret, sh, TaskError } from '../../src/shell/index.ts'
import { gather } from '../support/sessions.ts'

const HOST = { kind: 'ssh', name: 'web1', address: 'web1.invalid' } as const
const SETTINGS = {
  keyFiles: [],
  useSshConfig: false,
  forwardAgent: false,
  hostKeyPolicy: 'strict',
  warn() {},
} as const

describe('a dry run', () => {
  test('connects to nobody, runs nothing, and says that its answers are assumed', async () => {
    const session = await openSession(HOST, SETTINGS, { dryRun: true })
    expect(await session.exec(sh`rm -rf /`)).toEqual({ outcome: { type: 'exited', code: 0 }, assumed: true })
    expect(await session.put('/nowhere/at/all', '/x')).toEqual({ bytes: 0 })
    expect(await session.get('/x', '/nowhere/at/all')).toEqual({ bytes: 0 })
    await session.close()
  })
  test('is one on this machine as well', async () => {
    const session = await openSession({ kind: 'local', name: 'local' }, SETTINGS, { dryRun: true })
    expect((await session.exec(sh`exit 1`)).assumed).toBe(true)
  })
})

describe('a recorded session', () => {
  test('answers in order and remembers what it was asked', async () => {
    const session = recordedSession([{ stdout: 'one\n' }, { stderr: 'no\n', exitCode: 3 }])
    expect(await gather(session, sh`first ${'a b'}`)).toEqual({
      outcome: { type: 'exited', code: 0 },
      stdout: 'one\n',
      stderr: '',
    })
    const secret = new Secret('hunter2')
    const options = { cwd: '/srv', env: { A: 'x', B: secret }, stdin: Readable.from(['in', 'put']) }
    expect((await gather(session, sh`second ${secret}`, options)).outcome).toEqual({
      type: 'exited',
      code: 3,
    })
    await session.put('/a', '/b')
    await session.close()
    expect(session.calls).toEqual([
      { kind: 'exec', text: "first 'a b'" },
      { kind: 'exec', text: 'second ***', cwd: '/srv', env: { A: 'x', B: '***' }, stdin: 'input' },
      { kind: 'put', text: '/a /b' },
    ])
    expect(session.closed).toBe(true)
  })
  test('answers by what is asked, with any outcome', async () => {
    const lost = { type: 'lost', reason: 'cut', remote: { type: 'unknown' } } as const
    const session = recordedSession((text) => (text === 'go' ? { outcome: lost } : undefined))
    expect((await session.exec(sh`go`)).outcome).toEqual(lost)
    await expect(session.exec(sh`other`)).rejects.toThrow(TaskError)
    await expect(session.exec(sh`other`)).rejects.toThrow('recorded: nobody foresaw this command: other')
  })
})
