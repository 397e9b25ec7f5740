import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { openSession } from '../../src/session/index.ts'
import { SudoPasswords } from '../../src/session/sudo.ts'
import { Secret, sh, shellLine, TaskError } from '../../src/shell/index.ts'
import { settingsFor, sshHost } from '../support/connecting.ts'
import { describeWith } from '../support/needs.ts'
import { gather, lives, openFolder, pidsIn, sessionWith, startClient } from '../support/sessions.ts'
import { type Sshd, startSshd } from '../support/sshd.ts'
import { makeSudoer, type Sudoer } from '../support/sudoers.ts'

const NOPASSWD = 'USER ALL=(ALL:ALL) NOPASSWD: ALL'
const ASKING = 'USER ALL=(ALL:ALL) ALL'

describeWith(['/usr/sbin/sshd', 'root', 'sudo'], 'sudo', () => {
  let sshd: Sshd
  let user: Sudoer
  beforeAll(async () => {
    sshd = await startSshd()
    user = makeSudoer(sshd)
  })
  afterAll(async () => {
    user.remove()
    await sshd.stop()
  })
  const session = () => sessionWith(sshd, { user: user.name })
  const knowing = (text: string) => new SudoPasswords({ password: new Secret(text) })
  const failure = (work: Promise<unknown>) =>
    work.then(
      () => 'it ran',
      (error: unknown) => (error instanceof TaskError ? { message: error.message, hint: error.hint } : error),
    )

  describe('that asks for no password', () => {
    beforeEach(() => user.allow(NOPASSWD))

    test('runs a command as root, and its exit code is told', async () => {
      const { stdout, stderr, outcome } = await gather(
        await session(),
        shellLine('id -un; echo oops >&2; exit 7'),
        { sudo: true },
      )
      expect({ stdout, stderr, outcome }).toEqual({
        stdout: 'root\n',
        stderr: 'oops\n',
        outcome: { type: 'exited', code: 7 },
      })
    })

    test('is given no password for the command to read', async () => {
      const { stdout } = await gather(await session(), shellLine('cat'), {
        sudo: true as const,
        stdin: 'all there is',
        passwords: knowing('a password'),
      })
      expect(stdout).toBe('all there is')
    })

    test('runs a command as another user, in a folder only that one may enter, with an environment and secrets', async () => {
      const folder = join(openFolder(), "it's; odd")
      execFileSync('install', ['-d', '-o', 'games', '-m', '700', folder])
      const token = new Secret("to'ken\nof $two \\lines")
      const { stdout } = await gather(
        await session(),
        sh`id -un; pwd; printf '%s|' "$A" "$B" ${token}; cat`,
        {
          sudo: { user: 'games' },
          cwd: folder,
          env: { A: 'one two', B: new Secret('hidden') },
          stdin: 'in\n',
        },
      )
      expect(stdout).toBe(`games\n${folder}\none two|hidden|${token.reveal()}|in\n`)
    })

    test('carries a script that is too long for an argument, and one full of quotes', async () => {
      const long = `: ${"'\\!".repeat(20_000)}\n`
      for (const noise of ["echo 'it'\\''s'; ", `cat >/dev/null <<'EOF'\n${long}EOF\n`]) {
        const { stdout } = await gather(await session(), shellLine(`${noise}id -un`), { sudo: true })
        expect(stdout.split('\n').at(-2)).toBe('root')
      }
    })

    test('a command ended by a signal is told as that', async () => {
      const { outcome } = await gather(await session(), shellLine('kill -KILL $$'), { sudo: true })
      expect(outcome).toEqual({ type: 'signalled', signal: 'SIGKILL' })
    })

    test('copies files only root may write and read', async () => {
      const folder = openFolder()
      execFileSync('install', ['-d', '-m', '700', join(folder, 'closed')])
      const [here, there, back] = [join(folder, 'here'), join(folder, 'closed/there'), join(folder, 'back')]
      execFileSync('sh', ['-c', 'head -c 300000 /dev/urandom >"$1"; chmod 640 "$1"', 'sh', here])
      const open = await session()
      await open.put(here, there, { sudo: true })
      expect(execFileSync('stat', ['-c', '%U %a', there], { encoding: 'utf8' })).toBe('root 640\n')
      await open.get(there, back, { sudo: true })
      execFileSync('cmp', [here, back])
    })
  })

  describe('that asks for a password', () => {
    beforeEach(() => user.allow(ASKING, 'Defaults:USER timestamp_timeout=0'))

    test('is told it, and the command reads only what is meant for it', async () => {
      const { stdout, stderr, outcome } = await gather(await session(), shellLine('id -un; cat'), {
        sudo: true as const,
        stdin: 'input\n',
        passwords: knowing(user.password),
      })
      expect({ stdout, stderr, outcome }).toEqual({
        stdout: 'root\ninput\n',
        stderr: '',
        outcome: { type: 'exited', code: 0 },
      })
    })

    test('the password is in no argument and no log', async () => {
      const open = await session()
      const { stdout } = await gather(
        open,
        shellLine('cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null | tr "\\0" "\\n"'),
        { sudo: true, passwords: knowing(user.password) },
      )
      expect(stdout).toContain('sudo')
      expect(stdout).not.toContain(user.password)
      expect(sshd.log()).not.toContain(user.password)
    })

    test('a wrong one is sent once, whatever the number of commands', async () => {
      const open = await session()
      const passwords = knowing('not it')
      const all = await Promise.all(
        Array.from({ length: 3 }, () => failure(open.exec(shellLine('id'), { sudo: true, passwords }))),
      )
      expect(all).toEqual(
        Array(3).fill({
          message: `${sshd.address}:${sshd.port}: sudo does not accept the password of ${user.name}`,
          hint: expect.stringContaining('tried once'),
        }),
      )
    })

    test('a person is asked once for all commands and hosts', async () => {
      const questions: string[] = []
      const passwords = new SudoPasswords({
        prompt: async (question) => {
          questions.push(question)
          return new Secret(user.password)
        },
      })
      const sessions = [await session(), await session()]
      const all = await Promise.all(
        [...sessions, ...sessions].map((open) => gather(open, shellLine('id -u'), { sudo: true, passwords })),
      )
      expect(all.map(({ stdout }) => stdout)).toEqual(Array(4).fill('0\n'))
      expect(questions).toEqual([`sudo password of ${user.name} (${sshd.address}:${sshd.port} asks): `])
    })

    test('where nobody knows it, the error says what to set', async () => {
      expect(await failure((await session()).exec(shellLine('id'), { sudo: true }))).toEqual({
        message: `${sshd.address}:${sshd.port}: sudo asks for the password of ${user.name}, and there is none`,
        hint: expect.stringContaining('GACHETTE_SUDO_PASSWORD'),
      })
    })

    test('where the command is cancelled at the question, nothing has run', async () => {
      const abort = new AbortController()
      const passwords = new SudoPasswords({
        prompt: () => {
          abort.abort()
          return new Promise(() => {})
        },
      })
      const { outcome } = await gather(await session(), shellLine('id'), {
        sudo: true as const,
        passwords,
        signal: abort.signal,
      })
      expect(outcome).toEqual({ type: 'cancelled', remote: { type: 'ended' } })
    })
  })

  test('who is in no sudoers is told so, with what sudo says', async () => {
    user.allow()
    const error = await (await session())
      .exec(shellLine('id'), { sudo: true, passwords: knowing(user.password) })
      .catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({
      message: `${sshd.address}:${sshd.port}: sudo does not run this as root`,
      output: expect.arrayContaining([expect.stringContaining(user.name)]),
    })
  })

  describe.each(['plain', 'with use_pty', 'that logs output'])(
    'a command of root ends when we do: %s',
    (kind) => {
      beforeEach(() =>
        user.allow(
          NOPASSWD,
          ...(kind === 'with use_pty' ? ['Defaults:USER use_pty'] : []),
          ...(kind === 'that logs output'
            ? ['Defaults:USER log_output, iolog_dir=/tmp/gachette-iolog/USER']
            : []),
        ),
      )
      afterAll(() => void execFileSync('rm', ['-rf', '/tmp/gachette-iolog']))
      const SAMPLES: readonly { readonly line: string; readonly stdin?: 'open' | number }[] = [
        { line: 'echo $$ >>PIDS; sleep 600 & echo $! >>PIDS; wait' },
        { line: `trap '' TERM HUP; echo $$ >>PIDS; sh -c 'echo $$ >>PIDS; sleep 600; :'; sleep 600` },
        { line: `echo $$ >>PIDS; sh -c 'echo $$ >>PIDS; exec cat'`, stdin: 'open' },
        { line: `echo $$ >>PIDS; sh -c 'echo $$ >>PIDS; exec sleep 600'`, stdin: 5_000_000 },
      ]

      test('all processes are gone after SIGKILL', async () => {
        const files = SAMPLES.map((_, at) => join(openFolder(), String(at)))
        const orders = SAMPLES.map(({ line, stdin }, at) => ({
          line: line.replaceAll('PIDS', files[at] ?? ''),
          stdin,
          sudo: true as const,
        }))
        const host = sshHost(`${user.name}@${sshd.address}:${sshd.port}`)
        const client = startClient(host, settingsFor(sshd), orders)
        const pids = (await Promise.all(files.map((file) => pidsIn(file, 2)))).flat()
        onTestFinished(() => end(pids))
        client.kill('SIGKILL')
        await client.gone
        await expect.poll(() => pids.filter(lives), { timeout: 20_000 }).toEqual([])
      })

      test.each(SAMPLES.map((sample, at) => ({ ...sample, at })))(
        'cancelled, it is ended and that is told: $at',
        async ({ line, stdin }) => {
          const file = join(openFolder(), 'pids')
          const open = await openSession(
            sshHost(`${user.name}@${sshd.address}:${sshd.port}`),
            settingsFor(sshd),
          )
          onTestFinished(() => open.close())
          const abort = new AbortController()
          const ended = gather(open, shellLine(line.replaceAll('PIDS', file)), {
            sudo: true as const,
            signal: abort.signal,
            ...(stdin === undefined
              ? {}
              : { stdin: stdin === 'open' ? new PassThrough() : Buffer.alloc(stdin) }),
          })
          const pids = await pidsIn(file, 2)
          onTestFinished(() => end(pids))
          abort.abort()
          const { outcome } = await ended
          expect(outcome).toEqual({
            type: 'cancelled',
            remote: { type: kind === 'that logs output' ? expect.stringMatching(/ended|unknown/) : 'ended' },
          })
          await expect.poll(() => pids.filter(lives), { timeout: 20_000 }).toEqual([])
        },
      )
    },
  )
})

function end(pids: readonly number[]): void {
  for (const pid of pids.filter(lives)) process.kill(pid, 'SIGKILL')
}
