import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { type CommandLineOptions, gachette } from 'gachette/command-line'
import { expect, onTestFinished, test } from 'vitest'

/** A project in an otherwise empty home, and a command line there. */
function project() {
  const home = mkdtempSync(join(tmpdir(), 'gachette-line-'))
  onTestFinished(() => rmSync(home, { recursive: true }))
  writeFileSync(
    join(home, 'gachette.tasks.mjs'),
    `import { defineTask } from 'gachette'
export const hello = defineTask({ summary: 'hello', params: { seconds: { type: 'number', default: 0 } },
  run: ({ run }, { seconds }) => run\`echo hello; sleep \${seconds}\` })`,
  )
  return async (argv: readonly string[], more: CommandLineOptions = {}) => {
    const said = { stdout: '', stderr: '' }
    const into = (stream: 'stdout' | 'stderr') =>
      new Writable({
        write(chunk: Buffer, _, done) {
          said[stream] += String(chunk)
          done()
        },
      })
    const env = { PATH: process.env.PATH, HOME: home }
    const exitCode = await gachette(argv, {
      cwd: home,
      home,
      env,
      stdout: into('stdout'),
      stderr: into('stderr'),
      ...more,
    })
    return { exitCode, ...said }
  }
}

test('a program runs command lines: tasks, what is recorded of them, what is wrong with them', async () => {
  const line = project()
  const ran = await line(['-H', 'local', 'hello'])
  expect([ran.exitCode, ran.stdout]).toEqual([0, '[local] hello\n'])
  expect((await line(['log', 'last', 'local'])).stdout).toBe('hello\n')
  const again = await line(['attach', 'last'])
  expect([again.exitCode, again.stderr]).toEqual([2, expect.stringContaining('was not interrupted: done')])
  expect(await line(['nonsense'])).toMatchObject({ exitCode: 2, stdout: '' })
})

test('a signal that was aborted before anything began runs nothing', async () => {
  const { exitCode, stdout } = await project()(['-H', 'local', 'hello', '--seconds', '5'], {
    signal: AbortSignal.abort(),
  })
  expect([exitCode, stdout]).toEqual([130, ''])
})

test('nobody need listen, and the signals of the program are left alone', async () => {
  const state = () => [process.listenerCount('SIGINT'), process.listenerCount('SIGTERM'), process.cwd()]
  const [before, env] = [state(), { PATH: process.env.PATH, XDG_STATE_HOME: '/dev/null' }]
  expect(await gachette(['-H', 'local', '--', 'exit 3'], { cwd: tmpdir(), home: tmpdir(), env })).toBe(1)
  expect(state()).toEqual(before)
})

test('an aborted signal ends what runs', async () => {
  const line = project()
  const cancelling = new AbortController()
  const onStdout = new Writable({
    write(_chunk, _encoding, done) {
      cancelling.abort()
      done()
    },
  })
  const { signal } = cancelling
  const { exitCode } = await line(['-H', 'local', 'hello', '300'], { signal, stdout: onStdout })
  expect(exitCode).toBe(130)
})
