import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseHost } from '../../src/inventory/index.ts'
import { openSession, type Session } from '../../src/session/index.ts'
import { shellLine } from '../../src/shell/index.ts'
import { settingsFor } from '../support/connecting.ts'
import { sessionWith } from '../support/sessions.ts'
import { type Sshd, startSshd } from '../support/sshd.ts'

/** Longer than any wait of a session's own. */
const LONG_MS = 20_000

describe('listeners that do not keep up with what a command prints', () => {
  let sshd: Sshd
  beforeAll(async () => {
    sshd = await startSshd()
  })
  afterAll(() => sshd.stop())
  const sessions: readonly (readonly [string, () => Promise<Session>])[] = [
    ['over SSH', () => sessionWith(sshd)],
    ['on this machine', () => openSession(parseHost('local'), settingsFor(sshd))],
  ]

  test.each(sessions)('do not hide the end of a command that took too long, %s', async (_, open) => {
    const session = await open()
    const began = performance.now()
    const { outcome } = await session.exec(shellLine('yes'), {
      timeoutMs: 300,
      onStdout: () => new Promise((resolve) => setTimeout(resolve, 20)),
    })
    expect(outcome).toEqual({ type: 'timed-out', afterMs: 300, remote: { type: 'ended' } })
    expect(performance.now() - began).toBeLessThan(LONG_MS / 2)
  })

  test.each(sessions)(
    'and never come back do not keep a cancelled command, %s',
    { timeout: LONG_MS },
    async (_, open) => {
      const session = await open()
      const { outcome } = await session.exec(shellLine('yes'), {
        signal: AbortSignal.timeout(300),
        onStdout: () => new Promise(() => {}),
      })
      expect(outcome).toEqual({ type: 'cancelled', remote: { type: 'ended' } })
    },
  )

  test('get what was printed before the end in order', async () => {
    const session = await sessionWith(sshd)
    const said: string[] = []
    const { outcome } = await session.exec(
      shellLine(
        'trap "echo three; echo four >&2; exit" TERM; echo one; sleep 0.1; echo two; sleep 60 & wait',
      ),
      {
        timeoutMs: 500,
        onStdout: async (chunk) => {
          await new Promise((resolve) => setTimeout(resolve, 400))
          said.push(Buffer.from(chunk).toString())
        },
      },
    )
    expect(outcome).toMatchObject({ type: 'timed-out', remote: { type: 'ended' } })
    expect(said.join('')).toBe('one\ntwo\nthree\n')
  })
})
