import { spawnSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  allOf,
  type Command,
  join,
  type Query,
  render,
  script,
  sh,
  shellLine,
  words,
} from '../../src/shell/index.ts'
import { has } from '../support/needs.ts'

const run = (shell: readonly string[], command: Command) => {
  const [program = '', ...argv] = shell
  const { status, stdout } = spawnSync(program, [...argv, '-c', render(command).text], { encoding: 'utf8' })
  return { status, stdout }
}

const word = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 30 }).filter((text) => !text.includes('\0')),
  fc.string({
    unit: fc.constantFrom(
      "'",
      '"',
      '\\',
      '$',
      '`',
      '!',
      '\n',
      ' ',
      '-',
      '~',
      '*',
      ';',
      '&',
      '(',
      ')',
      '{',
      '#',
      '=',
    ),
    maxLength: 12,
  }),
)

const shells = [['dash'], ['bash', '--posix'], ['bash'], ['zsh', '-f']].filter(([program = '']) =>
  has(program),
)

describe.each(shells.map((shell) => [shell.join(' '), shell] as const))('in %s', (_, shell) => {
  test('every word arrives as it is', () => {
    fc.assert(
      fc.property(fc.array(word, { maxLength: 8 }), (all) => {
        const text = all.map((each) => `<${each}>`).join('')
        expect(run(shell, sh`for each in ${all}; do printf '<%s>' "$each"; done`).stdout).toBe(text)
        expect(run(shell, words(['printf', '<%s>', ...all])).stdout).toBe(text || '<>')
      }),
      { numRuns: 60 },
    )
  })
})

describe('in sh', () => {
  const ran = (command: Command) => run(['sh'], command)

  test('a script that was cut anywhere runs whole or not at all', () => {
    const { text } = render(script(join([sh`echo one`, sh`echo two`], '\n')))
    const outputs = Array.from(
      { length: text.length + 1 },
      (_, at) => ran(shellLine(text.slice(0, at))).stdout,
    )
    expect(new Set(outputs)).toEqual(new Set(['', 'one\ntwo\n']))
  })
  test('several questions are answered each with its own stdout, whatever they print', () => {
    const printing = fc.string({ unit: 'binary-ascii', maxLength: 20 }).filter((text) => !text.includes('\0'))
    fc.assert(
      fc.property(fc.array(printing, { minLength: 1, maxLength: 4 }), (answers) => {
        const queries = answers.map((answer): Query<string> => {
          return { command: sh`printf %s ${answer}`, parse: (stdout) => stdout, assumed: '' }
        })
        const all = allOf(queries, 'a1b2c3')
        expect(all.parse(ran(all.command).stdout)).toEqual(answers)
      }),
      { numRuns: 40 },
    )
  })
  test('what one question changes does not reach the next, and set -e stays on in each', () => {
    const stdout: Query<string> = { command: sh`cd /; set -e; x=1; echo $x`, parse: String, assumed: '' }
    const next: Query<string> = { command: sh`echo "[$x]"`, parse: String, assumed: '' }
    const both = allOf([stdout, next], 'MARK')
    expect(both.parse(ran(both.command).stdout)).toEqual(['1\n', '[]\n'])
    const failing = allOf([{ ...stdout, command: sh`set -e; false; echo no` }, next], 'MARK')
    expect(ran(failing.command)).toEqual({ status: 1, stdout: '' })
  })
  test('the exit code is that of the question that failed, and nothing runs behind it', () => {
    const query = (command: Command): Query<string> => ({ command, parse: String, assumed: '' })
    const three = allOf([query(sh`echo a`), query(sh`echo b; exit 7`), query(sh`echo c`)], 'MARK')
    expect(ran(three.command)).toEqual({ status: 7, stdout: 'a\n\nMARK\nb\n' })
  })
  test('commands joined by && stop at the first that fails', () => {
    expect(ran(join([sh`echo a`, sh`false`, sh`echo b`], ' && '))).toEqual({ status: 1, stdout: 'a\n' })
  })
})
