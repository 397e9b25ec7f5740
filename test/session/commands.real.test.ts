import { PassThrough, Readable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ExecOptions, openSession, type Session } from '../../src/session/index.ts'
import { localSession } from '../../src/session/local.ts'
import { type Command, Secret, script, sh, shellLine, UsageError, words } from '../../src/shell/index.ts'
import { throwawayHost } from '../../src/testing/index.ts'
import { hostOf, overBothBodies, settingsFor, sshHost } from '../support/connecting.ts'
import { describeWith } from '../support/needs.ts'
import { gather, lives, openFolder, until } from '../support/sessions.ts'
import { startSshd } from '../support/sshd.ts'

const done = (stdout: string, stderr = '') => ({ outcome: { type: 'exited', code: 0 }, stdout, stderr })

/** What every session that runs commands promises, whatever is behind it. */
function promises(open: () => Promise<{ session: Session; stop(): Promise<void> }>): void {
  let session: Session
  let stop = async () => {}
  beforeAll(async () => {
    const opened = await open()
    session = opened.session
    stop = opened.stop
  })
  afterAll(async () => {
    await session.close()
    await stop()
  })
  const ran = (command: Command, options?: ExecOptions) => gather(session, command, options)

  test('an exit code comes through exactly', async () => {
    for (const code of [0, 1, 2, 126, 127, 128, 137, 255])
      expect((await ran(sh`exit ${code}`)).outcome).toEqual({ type: 'exited', code })
  })
  test('a signal is a signal, and no exit code', async () => {
    expect((await ran(shellLine('kill -s KILL $$'))).outcome).toEqual({
      type: 'signalled',
      signal: 'SIGKILL',
    })
    expect((await ran(shellLine('kill -s TERM $$'))).outcome).toEqual({
      type: 'signalled',
      signal: 'SIGTERM',
    })
  })
  test('what the shell makes of a signal of its child is an exit code', async () => {
    const outcome = { type: 'exited', code: 137 }
    expect((await ran(shellLine("sh -c 'kill -s KILL $$'; exit $?"))).outcome).toEqual(outcome)
  })
  test('stdout and stderr come apart and whole', async () => {
    expect(await ran(shellLine('echo out; echo err >&2; printf end'))).toEqual(done('out\nend', 'err\n'))
  })
  test('bytes stay bytes', async () => {
    const chunks: Uint8Array[] = []
    await session.exec(shellLine("printf '\\377\\0\\200\\r\\n'"), {
      onStdout: (chunk) => void chunks.push(chunk),
    })
    expect(Buffer.concat(chunks)).toEqual(Buffer.from([255, 0, 128, 13, 10]))
  })
  test('without stdin a command reads the end of file at once', async () => {
    expect(await ran(sh`cat; echo over`)).toEqual(done('over\n'))
  })
  test('a command that waits for all its children does not wait for the lifeline', async () => {
    expect(await ran(sh`true & wait; echo waited`)).toEqual(done('waited\n'))
  })
  test.each([
    ['text', 'a line\nno newline', 'a line\nno newline'],
    ['nothing', '', ''],
    ['bytes', Buffer.from('b\n'), 'b\n'],
    ['a secret', new Secret('hush\n'), 'hush\n'],
    ['a stream', () => Readable.from(['one ', Buffer.from('two')]), 'one two'],
    ['an empty stream', () => Readable.from([]), ''],
  ])('stdin may be %s', async (_, stdin, text) => {
    expect(await ran(sh`cat`, { stdin: typeof stdin === 'function' ? stdin() : stdin })).toEqual(done(text))
  })
  test('megabytes of stdin arrive whole', async () => {
    expect(await ran(sh`wc -c`, { stdin: Buffer.alloc(5_000_000, 'x') })).toEqual(done('5000000\n'))
  })
  test('a command may end without reading its stdin, be it endless', async () => {
    const stdin = new PassThrough()
    stdin.write('first\nsecond\n')
    expect(await ran(sh`head -n 1`, { stdin })).toEqual(done('first\n'))
    expect(await ran(sh`exit 0`, { stdin: Buffer.alloc(3_000_000) })).toEqual(done(''))
  })
  test('the exit code of a command that reads stdin is its own', async () => {
    expect((await ran(sh`cat >/dev/null; exit 7`, { stdin: 'x' })).outcome).toEqual({
      type: 'exited',
      code: 7,
    })
  })
  test('it runs in the folder it is told, or not at all', async () => {
    expect(await ran(sh`pwd`, { cwd: '/usr/bin' })).toEqual(done('/usr/bin\n'))
    const { outcome, stdout } = await ran(sh`echo ran`, { cwd: '/nowhere at all' })
    expect(outcome).not.toEqual({ type: 'exited', code: 0 })
    expect(stdout).toBe('')
  })
  test('its environment holds what it is told, secrets as well', async () => {
    const env = { PLAIN: "it's $HOME `id` \\ !! \n é", HIDDEN: new Secret(' two\nlines \\n ') }
    const { stdout } = await ran(sh`printf '%s|' "$PLAIN" "$HIDDEN"`, { env })
    expect(stdout).toBe(`${env.PLAIN}| two\nlines \\n |`)
  })
  test('a secret is never on an argument list', async () => {
    const secret = new Secret('hunter2 \'"\n$(id)')
    const command = sh`test ${secret} = "$X" && grep -lsa 'hunte[r]2' /proc/[0-9]*/cmdline; echo "$X"`
    expect(await ran(command, { env: { X: secret } })).toEqual(done(`${secret.reveal()}\n`))
  })
  test('NUL is refused, before anything runs', async () => {
    for (const options of [{ cwd: 'a\0b' }, { env: { A: '\0' } }, { env: { A: new Secret('\0') } }])
      await expect(session.exec(sh`true`, options)).rejects.toThrow(UsageError)
    await expect(session.exec(shellLine('echo \0'))).rejects.toThrow(UsageError)
    await expect(session.exec(sh`true`, { env: { 'A;id': 'x' } })).rejects.toThrow(UsageError)
  })
  test('a command of any length is carried', async () => {
    const long = "it's ".repeat(40_000)
    expect(await ran(sh`${long.slice(0, 100)}; printf %s ${long}`)).toMatchObject({ stdout: long })
    expect((await ran(script(sh`printf %s ${long} | wc -c`))).stdout.trim()).toBe('200000')
  })
  test('words arrive as they are', async () => {
    const odd = [
      '',
      ' ',
      '\n',
      '\\',
      "'",
      '\\\\',
      "\\'",
      '!',
      '!!',
      '$(id)',
      '`id`',
      '-n',
      '*',
      '~',
      '#',
      '\t\r\u007f',
      '\u0001',
    ]
    const more = [
      'é…𝒳',
      'a\nb',
      '{a,b}',
      '%s',
      '\\n',
      '\\0041',
      '?',
      '[a]',
      '^a^b',
      ';',
      '&',
      '|',
      '>',
      '"',
      '@',
      '=',
    ]
    const text = [...odd, ...more].map((word) => `<${word}>`).join('')
    expect(await ran(sh`printf '<%s>' ${[...odd, ...more]}`)).toEqual(done(text))
    for (const word of odd) expect(await ran(words(['printf', '%s', word]))).toEqual(done(word))
  })
  test('a timeout ends the command and says what became of it', async () => {
    const { outcome } = await ran(sh`sleep 600`, { timeoutMs: 100 })
    expect(outcome).toEqual({ type: 'timed-out', afterMs: 100, remote: { type: 'ended' } })
  })
  test('what a command says when it is ended is still heard', async () => {
    const saying = shellLine("trap 'echo cleaned; echo up >&2; exit 3' TERM; sleep 600 & wait")
    const result = await ran(saying, { timeoutMs: 300 })
    expect(result).toMatchObject({ stdout: 'cleaned\n', stderr: 'up\n' })
  })
  test('a command cancelled before it started has not run', async () => {
    const file = `${openFolder()}/ran`
    const result = await ran(sh`touch ${file}`, { signal: AbortSignal.abort() })
    expect(result.outcome).toEqual({ type: 'cancelled', remote: { type: 'ended' } })
    expect((await ran(sh`test -e ${file}`)).outcome).toEqual({ type: 'exited', code: 1 })
  })
  test('a daemon it leaves behind stays, and does not hold us up', async () => {
    const { stdout } = await ran(shellLine('sleep 600 >/dev/null 2>&1 & echo $!'))
    expect(lives(Number(stdout))).toBe(true)
    process.kill(Number(stdout))
    const startedAt = performance.now()
    const holding = await ran(shellLine('sleep 600 & echo $!'))
    expect(performance.now() - startedAt).toBeLessThan(4000)
    expect(lives(Number(holding.stdout))).toBe(true)
    process.kill(Number(holding.stdout))
  })
  test('output that is held back by a slow reader arrives whole', async () => {
    let bytes = 0
    await session.exec(sh`head -c 3000000 /dev/zero`, {
      async onStdout(chunk) {
        await new Promise((resolve) => setTimeout(resolve, 1))
        bytes += chunk.length
      },
    })
    expect(bytes).toBe(3_000_000)
  })
  test('a fault of the reader ends the command and is thrown', async () => {
    const onStdout = () => {
      throw new RangeError('a fault')
    }
    await expect(session.exec(sh`echo x; sleep 600`, { onStdout })).rejects.toThrow('a fault')
    const rejecting = async () => onStdout()
    await expect(session.exec(sh`echo x; sleep 600`, { onStdout: rejecting })).rejects.toThrow('a fault')
  })
  test('many at once all come back', async () => {
    const all = Array.from({ length: 30 }, (_, at) => ran(sh`echo ${at}`))
    expect((await Promise.all(all)).map(({ stdout }) => Number(stdout))).toEqual(all.map((_, at) => at))
  })
}

overBothBodies(() => {
  describeWith(['/usr/sbin/sshd', 'root'], 'commands over sshd', () => {
    promises(async () => {
      const sshd = await startSshd()
      return { session: await openSession(hostOf(sshd), settingsFor(sshd)), stop: () => sshd.stop() }
    })
  })
})

describe('commands on this machine', () => {
  promises(async () => ({ session: localSession(), stop: async () => {} }))
})

describe('commands over the throwaway host', () => {
  promises(openThrowaway)
})

async function openThrowaway() {
  const host = await throwawayHost()
  const settings = settingsFor(host)
  const session = await openSession(sshHost(`${host.user}@${host.address}:${host.port}`), settings)
  return { session, stop: () => host.stop() }
}

test('closing a session ends what runs on it', async () => {
  const session = localSession()
  let said = ''
  const result = session.exec(shellLine('echo $$; sleep 600'), {
    onStdout: (chunk) => {
      said += Buffer.from(chunk)
    },
  })
  await until(() => said.endsWith('\n'), 'the process id')
  const pid = Number(said)
  await session.close()
  expect((await result).outcome).toEqual({ type: 'cancelled', remote: { type: 'ended' } })
  await until(() => !lives(pid), 'the command gone', 100)
})
