import fc from 'fast-check'
import { expect, test } from 'vitest'
import { CommandFailed, execute, planRun, type RunEvent } from '../../src/run/index.ts'
import type { CommandOutcome } from '../../src/session/outcome.ts'
import { type Query, Secret, sh, TaskError } from '../../src/shell/index.ts'
import type { TaskContext } from '../../src/task/task.ts'
import { exited, fakeHosts, type Script, sshHost, turn, untilAborted } from '../support/fake-session.ts'
import { invocation } from '../support/invocations.ts'

interface Tried {
  readonly answer: unknown
  readonly error: unknown
  readonly events: readonly RunEvent[]
  readonly log: readonly string[]
}

/** Runs a body on a host `web1` that does what the script says. */
async function on(
  script: Script,
  body: (context: TaskContext) => Promise<unknown>,
  options: { readonly dryRun?: boolean; readonly commandTimeoutMs?: number } = {},
): Promise<Tried> {
  const events: RunEvent[] = []
  let error: unknown
  const hosts = fakeHosts(script)
  const catching = invocation('task', async (context) => {
    try {
      return await body(context)
    } catch (thrown) {
      error = thrown
      throw thrown
    }
  })
  const { steps } = await execute(planRun([{ invocation: catching, hosts: [sshHost('web1')] }]), {
    openSession: hosts.open,
    setting: (name) => `the ${name}`,
    onEvent: (event) => void events.push(event),
    ...options,
  })
  return { answer: steps[0]?.result, error, events, log: hosts.log }
}
const told = (events: readonly RunEvent[], stream: 'stdout' | 'stderr'): string =>
  events.map((event) => (event.type === 'output' && event.stream === stream ? event.text : '')).join('')
const count: Query<number> = { command: sh`wc -l`, parse: Number, assumed: 5 }

test('run answers the exit code and what was printed', async () => {
  const { answer } = await on(
    () => ({ stdout: ['one\n'], stderr: ['two\n'] }),
    ({ run }) => run`both`,
  )
  expect(answer).toEqual({ exitCode: 0, stdout: 'one\n', stderr: 'two\n' })
})

test('of a question that failed, the answer is not shown: it is for programs', async () => {
  const { error } = await on(
    () => ({ ...exited(1), stdout: ['a fact\n'], stderr: ['what went wrong\n'] }),
    ({ ask }) => ask(count),
  )
  expect(error).toMatchObject({ output: ['what went wrong'] })
})

test('run accepts the exit codes it is told to', async () => {
  const { answer } = await on(
    () => exited(24),
    ({ run }) => run(sh`rsync`, { accept: [0, 24] }),
  )
  expect(answer).toMatchObject({ exitCode: 24 })
})

test('a failed command says where, what, its exit code and its last ten lines', async () => {
  const stdout = Array.from({ length: 12 }, (_, at) => `line ${at}\n`)
  const { error } = await on(
    () => ({ stdout, stderr: ['boom\n'], outcome: { type: 'exited', code: 3 } }),
    ({ run }) => run`make -C ${'/srv/my app'}`,
  )
  expect(error).toBeInstanceOf(CommandFailed)
  expect(error).toMatchObject({
    message: "web1: make -C '/srv/my app' failed (exit 3)",
    code: 'command-failed',
    exitCode: 1,
    output: [...stdout.slice(3).map((line) => line.trim()), 'boom'],
    result: { command: "make -C '/srv/my app'", host: 'web1', outcome: { type: 'exited', code: 3 } },
  })
})

test('a long script is named by its title, or by its first line', async () => {
  const script = sh`first
second`
  const untitled = await on(
    () => exited(1),
    ({ run }) => run(script),
  )
  expect(untitled.error).toMatchObject({ message: 'web1: first… failed (exit 1)' })
  const titled = await on(
    () => exited(1),
    ({ run }) => run(script, { title: 'build shop' }),
  )
  expect(titled.error).toMatchObject({ message: 'web1: build shop failed (exit 1)' })
})

test.each<[CommandOutcome, string, string]>([
  [{ type: 'signalled', signal: 'SIGKILL' }, 'signalled', 'web1: work was ended by SIGKILL'],
  [
    { type: 'timed-out', afterMs: 1500, remote: { type: 'running', pids: [3, 4] } },
    'timed-out',
    'web1: work timed out after 1.5 s; it is still running there (pid 3, 4)',
  ],
  [
    { type: 'lost', reason: 'connection reset', remote: { type: 'unknown' } },
    'lost',
    'web1: the connection was lost during work (connection reset); whether it still runs there is unknown',
  ],
])('%j is %s, never a number', async (outcome, code, message) => {
  const { error } = await on(
    () => ({ outcome }),
    ({ run }) => run`work`,
  )
  expect(error).toMatchObject({ code, message })
})

test('ask answers stdout, trimmed and untold, and tells stderr', async () => {
  const { answer, events } = await on(
    () => ({ stdout: [' act', 'ive\n'], stderr: ['hm\n'] }),
    ({ ask }) => ask`systemctl is-active nginx`,
  )
  expect(answer).toBe('active')
  expect(told(events, 'stdout')).toBe('')
  expect(told(events, 'stderr')).toBe('hm\n')
})

test('ask answers a query with what it parsed of the untrimmed stdout', async () => {
  const quoted: Query<string> = { command: sh`x`, parse: (stdout) => `<${stdout}>`, assumed: '' }
  const { answer } = await on(
    () => ({ stdout: [' 7\n'] }),
    ({ ask }) => ask(quoted),
  )
  expect(answer).toBe('< 7\n>')
})

test('a query gives an exit code its meaning', async () => {
  const failed = ({ exitCode, stderr }: { exitCode: number; stderr: string }) =>
    exitCode === 4 ? new TaskError(`no such ref: ${stderr.trim()}`) : undefined
  const asking = ({ ask }: TaskContext) => ask({ ...count, failed })
  const meant = await on(() => ({ stderr: ['v9\n'], ...exited(4) }), asking)
  expect(meant.error).toMatchObject({ message: 'no such ref: v9' })
  expect((await on(() => exited(5), asking)).error).toMatchObject({ message: 'web1: wc -l failed (exit 5)' })
})

test('check answers yes for 0 and no for 1, and tells nothing; anything else throws', async () => {
  const checking = ({ check }: TaskContext) => check`test -e /srv`
  const yes = await on(() => ({ stdout: ['noise\n'], stderr: ['noise\n'] }), checking)
  expect(yes.answer).toBe(true)
  expect(told(yes.events, 'stdout') + told(yes.events, 'stderr')).toBe('')
  expect((await on(() => exited(1), checking)).answer).toBe(false)
  expect((await on(() => exited(2), checking)).error).toMatchObject({ result: { outcome: { code: 2 } } })
})

test('a dry run assumes: run is well, ask answers nothing or what the query assumes, check says yes', async () => {
  const { answer, log } = await on(
    () => exited(1),
    async ({ run, ask, check, dryRun }) => [
      await run`a`,
      await ask`b`,
      await ask(count),
      await check`c`,
      dryRun,
    ],
    { dryRun: true },
  )
  expect(answer).toEqual([{ exitCode: 0, stdout: '', stderr: '' }, '', 5, true, true])
  expect(log).toEqual(['open web1', 'web1$ a', 'web1$ b', 'web1$ wc -l', 'web1$ c', 'close web1'])
})

test('whatever the text and wherever its bytes are cut, run, ask and the events have it whole', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc.array(fc.nat(200)),
      async (text, cuts) => {
        const bytes = Buffer.from(text)
        const at = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length]
        const chunks = at.slice(1).map((end, index) => bytes.subarray(at[index], end))
        const whole: Query<string> = { command: sh`ask`, parse: (stdout) => stdout, assumed: '' }
        const { answer, events } = await on(
          () => ({ stdout: chunks, stderr: chunks }),
          async ({ run, ask }) => [(await run`run`).stdout, await ask(whole)],
        )
        const wellFormed = bytes.toString()
        expect(answer).toEqual([wellFormed, wellFormed])
        expect(told(events, 'stdout')).toBe(wellFormed)
        expect(told(events, 'stderr')).toBe(wellFormed + wellFormed)
      },
    ),
  )
})

test('run keeps the last 64 Ki characters, however much was printed', async () => {
  const chunk = `${'x'.repeat(9_999)}\n`
  const { answer } = await on(
    () => ({ stdout: [...Array(50).fill(chunk), 'end'] }),
    ({ run }) => run`much`,
  )
  const { stdout } = answer as { stdout: string }
  expect(stdout).toBe(`${chunk.repeat(50)}end`.slice(-65_536))
})

test('ask ends a command that answers more than 16 MiB, and says so', async () => {
  const mebibyte = 'x'.repeat(1024 * 1024)
  const { error } = await on(
    () => ({ stdout: Array(17).fill(mebibyte) }),
    ({ ask }) => ask`cat big`,
  )
  expect(error).toMatchObject({ code: 'task', message: 'web1: cat big answered more than 16 MiB' })
})

test('ask of too much aborts the command it asked, and nothing else', async () => {
  let aborted: boolean | undefined
  const { error } = await on(
    async (_host, _line, options) => {
      await options.onStdout?.(Buffer.alloc(17 * 1024 * 1024, 'x'))
      aborted = options.signal?.aborted
      return untilAborted(options)
    },
    async (context) => {
      await context.ask`cat big`.catch(() => undefined)
      return context.signal.aborted
    },
  )
  expect([aborted, error]).toEqual([true, undefined])
})

test('holds the output of a command back until whoever hears it has caught up', async () => {
  const order: string[] = []
  const hosts = fakeHosts(async (_host, _line, options) => {
    await options.onStdout?.(Buffer.from('1'))
    order.push('first chunk taken')
    return {}
  })
  const once = invocation('task', ({ run }) => run`x`)
  await execute(planRun([{ invocation: once, hosts: [sshHost('web1')] }]), {
    openSession: hosts.open,
    setting: () => undefined,
    async onEvent(event) {
      if (event.type !== 'output') return
      await turn()
      order.push('written')
    },
  })
  expect(order).toEqual(['written', 'first chunk taken'])
})

test("a command's time limit is its own, else the run's, and 0 is none", async () => {
  const limits: unknown[] = []
  const script: Script = (_host, _line, { timeoutMs }) => {
    limits.push(timeoutMs)
    return {}
  }
  const body = async ({ run }: TaskContext) => {
    await run(sh`a`, { timeoutMs: 5 })
    await run(sh`b`, { timeoutMs: 0 })
    await run`c`
  }
  await on(script, body, { commandTimeoutMs: 9 })
  expect(limits).toEqual([5, undefined, 9])
})

test('passes folder, environment and stdin on, and shows secrets as stars', async () => {
  const password = new Secret('hunter2')
  const stdin = 'text'
  const seen: unknown[] = []
  const { events } = await on(
    (_host, _line, { cwd, env, stdin }) => {
      seen.push(cwd, env, stdin)
      return {}
    },
    ({ run }) => run(sh`login ${password}`, { cwd: '/srv', env: { A: 'b' }, stdin, title: 'log in' }),
  )
  expect(seen).toEqual(['/srv', { A: 'b' }, 'text'])
  const started = events.find(({ type }) => type === 'command-started')
  expect(started).toMatchObject({ text: 'login ***', title: 'log in', cwd: '/srv' })
})

test('put and get are told, and answer what was copied', async () => {
  const { answer, events, log } = await on(
    () => ({}),
    async ({ put, get }) => [await put('a', '/a'), await get('/b', 'b')],
  )
  expect(answer).toEqual([{ bytes: 3 }, { bytes: 3 }])
  expect(log.slice(1, 3)).toEqual(['web1 put a /a', 'web1 get /b b'])
  expect(events.flatMap((event) => (event.type.startsWith('transfer') ? event.type : []))).toEqual([
    'transfer-started',
    'transfer-ended',
    'transfer-started',
    'transfer-ended',
  ])
})

test('setting answers what the run was given', async () => {
  expect(
    (
      await on(
        () => ({}),
        async ({ setting }) => setting('projects.shop.url'),
      )
    ).answer,
  ).toBe('the projects.shop.url')
})

test.each<[string, (context: TaskContext, secret: Secret) => Promise<unknown>]>([
  ['in its text', ({ run }, secret) => run`login ${secret}`],
  ['in its environment', ({ run }, secret) => run(sh`login`, { env: { TOKEN: secret } })],
  ['by its stdin', ({ run }, secret) => run(sh`login`, { stdin: secret })],
])(
  'a secret that a command is given %s is masked in what it prints, and in what is said of it',
  async (_, body) => {
    const { events, error } = await on(
      () => ({ stdout: ['you are hunt', 'er2secret\n'], outcome: { type: 'exited', code: 1 } }),
      (context) => body(context, new Secret('hunter2secret')),
    )
    expect(told(events, 'stdout')).toBe('you are ***\n')
    expect(JSON.stringify(events)).not.toContain('hunter2secret')
    expect(error).toMatchObject({ output: ['you are ***'] })
  },
)

test('of a secret that is longer than what a failure shows, its end is not shown either', async () => {
  const key = Array.from({ length: 40_000 }, (_, at) => 'kQ7z2'[(at * at) % 5]).join('')
  const { error } = await on(
    () => ({ stdout: [key.slice(0, 30_000), `${key.slice(30_000)}\n`], ...exited(1) }),
    ({ run }) => run(sh`cat key`, { env: { KEY: new Secret(key) } }),
  )
  expect(error).toMatchObject({ output: ['***'] })
})

test('a secret that is kept elsewhere is masked once it is fetched', async () => {
  const secret = new Secret(async () => 'hunter2secret')
  const { events } = await on(
    () => ({ stdout: ['hunter2secret\n'] }),
    async ({ run }) => {
      await run(sh`first`, { env: { TOKEN: secret } })
      await secret.find()
      await run`second`
    },
  )
  // A faked host fetches nothing: only the second command was run with the secret at hand.
  expect(told(events, 'stdout')).toBe('hunter2secret\n***\n')
})

test('sudo and pty are told to the session, and shown', async () => {
  const asked: unknown[] = []
  const { events } = await on(
    (_host, _command, { sudo, terminal }) => {
      asked.push({ sudo, terminal })
      return {}
    },
    async ({ sudo, ask, check, run }) => {
      await sudo`systemctl restart ${'nginx'}`
      await sudo(sh`psql`, { user: 'postgres' })
      await ask(sh`cat /etc/shadow`, { sudo: true })
      await check(sh`true`, { sudo: { user: 'games' } })
      await run(sh`top -b`, { pty: true })
    },
  )
  const terminal = { columns: 80, rows: 24, type: 'xterm-256color' }
  expect(asked).toEqual([
    { sudo: { user: undefined } },
    { sudo: { user: 'postgres' } },
    { sudo: { user: undefined } },
    { sudo: { user: 'games' } },
    { terminal },
  ])
  expect(events.flatMap((event) => (event.type === 'command-started' ? [event.text] : []))).toEqual([
    'sudo systemctl restart nginx',
    'sudo -u postgres psql',
    'sudo cat /etc/shadow',
    'sudo -u games true',
    'top -b',
  ])
})

test('an option that there is not is refused, and nothing runs', async () => {
  const { error, log } = await on(
    () => exited(0),
    ({ run }) => run(sh`sleep 9`, { timeout: 3 } as object),
  )
  expect(error).toMatchObject({
    message: 'a command has no option "timeout"',
    hint: 'did you mean timeoutMs?',
    exitCode: 2,
  })
  expect(log.filter((line) => line.includes('sleep'))).toEqual([])
})
