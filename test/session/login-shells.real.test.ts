import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Session } from '../../src/session/index.ts'
import { openSession } from '../../src/session/index.ts'
import { Secret, script, sh } from '../../src/shell/index.ts'
import { overBothBodies, settingsFor, sshHost } from '../support/connecting.ts'
import { describeWith } from '../support/needs.ts'
import { gather, lives, makeUser } from '../support/sessions.ts'
import { type Sshd, startSshd } from '../support/sshd.ts'

const ODD = [
  ...[
    '',
    ' ',
    '\n',
    '\\',
    "'",
    '\\\\',
    "\\'",
    "'\\",
    '!',
    '!!',
    '!$',
    '^a^b',
    '$(id)',
    '`id`',
    '$HOME',
    '-n',
    '*',
  ],
  ...[
    '~',
    '#',
    '\t\r',
    '\u0001\u007f',
    'é…𝒳',
    '{a,b}',
    '%s',
    '\\n',
    '\\0041',
    '?',
    '[a]',
    ';',
    '&',
    '|',
    '"',
    '%1',
  ],
  ...['a\\\nb', "it's\n!\\'", '\\\n'],
]

overBothBodies(() => {
  describeWith(['/usr/sbin/sshd', 'root', 'fish', 'zsh', 'tcsh', 'bash'], 'whatever the login shell', () => {
    let sshd: Sshd
    beforeAll(async () => {
      sshd = await startSshd()
    })
    afterAll(() => sshd.stop())

    describe.each(['/bin/dash', '/bin/bash', '/usr/bin/fish', '/usr/bin/zsh', '/usr/bin/tcsh'])(
      '%s',
      (shell) => {
        let user: ReturnType<typeof makeUser>
        let session: Session
        beforeAll(async () => {
          user = makeUser(sshd, shell)
          session = await openSession(sshHost(`${user.name}@${sshd.address}:${sshd.port}`), settingsFor(sshd))
        })
        afterAll(async () => {
          await session.close()
          user.remove()
        })

        test('each word arrives as it is', async () => {
          for (const word of ODD)
            expect(await gather(session, sh`printf %s ${word}`)).toMatchObject({ stdout: word, stderr: '' })
        })
        test('all words arrive as they are', async () => {
          const text = ODD.map((word) => `<${word}>`).join('')
          expect((await gather(session, sh`printf '<%s>' ${ODD}`)).stdout).toBe(text)
          expect((await gather(session, sh`printf '<%s>' ${ODD}`, { stdin: 'x' })).stdout).toBe(text)
        })
        test('environment, secrets and folder do', async () => {
          const env = { A: ODD.join('|'), B: new Secret(ODD.join('|')) }
          const { stdout } = await gather(session, sh`printf '%s:%s' "$A" "$B"; pwd`, { env, cwd: '/usr' })
          expect(stdout).toBe(`${ODD.join('|')}:${ODD.join('|')}/usr\n`)
        })
        test('scripts of any length do', async () => {
          for (const length of [1000, 45_000, 90_000, 300_000]) {
            const word = "it's \\! \n".repeat(length / 9)
            const { stdout } = await gather(session, script(sh`printf %s ${word}`))
            expect(stdout).toBe(word)
          }
        })
        test('what is not expected is told exactly', async () => {
          expect((await gather(session, sh`exit 7`)).outcome).toEqual({ type: 'exited', code: 7 })
          const { outcome } = await gather(session, sh`kill -s KILL $$`)
          expect(outcome).toEqual({ type: 'signalled', signal: 'SIGKILL' })
        })
        test('a timeout ends the command', async () => {
          const result = await gather(session, sh`echo $$; sleep 600; :`, { timeoutMs: 1000 })
          expect(result.outcome).toEqual({ type: 'timed-out', afterMs: 1000, remote: { type: 'ended' } })
          expect(lives(Number(result.stdout))).toBe(false)
        })
      },
    )
  })
})
