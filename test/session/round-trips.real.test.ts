import { expect, test } from 'vitest'
import { sh } from '../../src/shell/index.ts'
import { describeWith } from '../support/needs.ts'
import { gather, sessionWith, until } from '../support/sessions.ts'
import { startSshd } from '../support/sshd.ts'

describeWith(['sshd'], 'round trips', () => {
  test('a key at hand signs without asking first whether it would be taken', async () => {
    const sshd = await startSshd({ config: ['LogLevel VERBOSE'] })
    await sessionWith(sshd)
    await until(() => sshd.log().includes('Accepted publickey'), 'the login is in the log')
    expect(sshd.log()).not.toContain('Postponed publickey')
    await sshd.stop()
  })

  test('the channel of the next command is open before the command is known', async () => {
    const sshd = await startSshd({ config: ['LogLevel DEBUG1'] })
    const session = await sessionWith(sshd)
    for (const word of ['one', 'two', 'three'])
      expect(await gather(session, sh`echo ${word}`)).toMatchObject({
        outcome: { type: 'exited', code: 0 },
        stdout: `${word}\n`,
      })
    const seen = () =>
      [...sshd.log().matchAll(/server_input_channel_open: ctype session|session \d+ req exec/g)].map(
        ([line]) => (line.endsWith('exec') ? 'run' : 'open'),
      )
    await until(() => seen().length >= 7, 'all is in the log')
    expect(seen()).toEqual(['open', 'open', 'run', 'run', 'open', 'run', 'open'])
    await sshd.stop()
  })

  test('a server that has no room for a channel ahead runs command after command all the same', async () => {
    const sshd = await startSshd({ config: ['MaxSessions 1'] })
    const session = await sessionWith(sshd)
    const told = await Promise.all(['a', 'b', 'c'].map((word) => gather(session, sh`echo ${word}`)))
    expect(told.map(({ stdout }) => stdout)).toEqual(['a\n', 'b\n', 'c\n'])
    expect((await gather(session, sh`echo d`)).stdout).toBe('d\n')
    await sshd.stop()
  })
})
