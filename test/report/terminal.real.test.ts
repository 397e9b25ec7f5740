import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { widthOf } from '../../src/report/text-width.ts'
import { terminalRows } from '../support/fake-terminal.ts'
import { describeWith } from '../support/needs.ts'
import { compileProgram, type Program } from '../support/program.ts'
import { type AtTerminal, atTerminal, type TerminalOptions } from '../support/terminal.ts'

let program: Program
let dir = ''
beforeAll(() => {
  program = compileProgram()
})
afterAll(() => program.remove())
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'gachette-terminal-'))
  mkdirSync(join(dir, '.git'))
})
afterEach(() => rmSync(dir, { recursive: true }))

/** The program at a terminal; it writes the terminal's name to the file `tty`. */
const gachette = (argv: readonly string[], options: Partial<TerminalOptions> = {}): AtTerminal =>
  atTerminal(['sh', '-c', 'tty >tty; exec "$@"', 'sh', process.execPath, program.bin, ...argv], {
    cwd: dir,
    ...options,
    env: { HOME: join(dir, 'home'), ...options.env },
  })

const DRAWING = /\x1b\[\?7l([\s\S]*?)\x1b\[J\x1b\[\?7h/g
const drawings = (shown: string): readonly (readonly string[])[] =>
  [...shown.matchAll(DRAWING)].map(([, rows = '']) =>
    rows
      .replaceAll(/\x1b\[(K|\d*m)/g, '')
      .replaceAll('\r', '')
      .trimEnd()
      .split('\n'),
  )

/** Whether something is so by now; waits until it is. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 20))
}

describeWith(['python3'], 'at a terminal', () => {
  test('a picture is drawn while something runs, and nothing of it is left', async () => {
    const { shown, exitCode } = gachette(['-H', 'local', '--', 'echo one; sleep 1; echo two'], {
      env: { NO_COLOR: '1' },
    })
    expect(await exitCode).toBe(0)
    const plain = shown().replaceAll('\r\n', '\n')
    expect(drawings(plain).length).toBeGreaterThan(2)
    expect(terminalRows(plain, 80).slice(0, 2)).toEqual(['one', 'two'])
    expect(terminalRows(plain, 80)[2]).toMatch(/^local: done in \d+\.\d s$/)
    expect(terminalRows(plain, 80).slice(3).join('')).toBe('')
  })

  test('it follows the size of the terminal', async () => {
    const { shown, exitCode } = gachette([
      '-H',
      'local',
      '--',
      `printf '%s\\r' ${'x'.repeat(70)}; until [ -e wide ]; do sleep 0.05; done`,
    ])
    await until(() => drawings(shown()).some((rows) => rows.some((row) => row.includes('x'.repeat(60)))))
    execFileSync('stty', ['-F', readFileSync(join(dir, 'tty'), 'utf8').trim(), 'cols', '20', 'rows', '6'])
    await until(() => isNarrow(drawings(shown()).at(-1) ?? []))
    const before = shown().length
    await until(() => drawings(shown().slice(before)).length > 2)
    const later = drawings(shown().slice(before))
    expect(later.every(isNarrow)).toBe(true)
    execFileSync('touch', [join(dir, 'wide')])
    expect(await exitCode).toBe(0)

    function isNarrow(rows: readonly string[]): boolean {
      return rows.length > 1 && rows.length < 6 && rows.every((row) => widthOf(row) <= 20)
    }
  })

  test('on a dumb terminal nothing is drawn, and lines have their host in front', async () => {
    const { shown, exitCode } = gachette(['-H', 'local', '--', 'echo one; sleep 1'], {
      env: { TERM: 'dumb' },
    })
    expect(await exitCode).toBe(0)
    expect(shown()).toMatch(/^\[local\] one\r\nlocal: done in \d+\.\d s\r\n$/)
    expect(existsSync(join(dir, 'tty'))).toBe(true)
  })
})

test('in GitHub Actions the groups are on stderr, and stdout has what the machine said', async () => {
  const env = { GITHUB_ACTIONS: 'true', NO_COLOR: '1' }
  const { ended } = program.start(['-H', 'local', '--', 'echo "::add-mask::x"; echo "##[group]y"; exit 3'], {
    cwd: dir,
    env,
  })
  const { exitCode, stdout, stderr } = await ended
  expect([exitCode, stdout]).toEqual([1, '[local] ::add-mask::x\n[local] ## [group]y\n'])
  expect(stderr.split('\n').filter((line) => line.startsWith('::'))).toEqual([
    '::group::-- echo "::add-mask::x"; echo "## [group]y"; exit 3',
    '::endgroup::',
    '::error title=local%3A command failed (exit 3)::echo "::add-mask::x"; echo "## [group]y"; exit 3 failed (exit 3)%0A::add-mask::x%0A## [group]y',
  ])
})
