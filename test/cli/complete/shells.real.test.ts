import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { completionScript, SHELLS } from '../../../src/cli/complete/index.ts'
import { describeWith } from '../../support/needs.ts'
import { compileProgram, type Program } from '../../support/program.ts'
import { atTerminal } from '../../support/terminal.ts'

// What Tab makes of what was typed, in the real shells: each at a terminal of its own.
let program: Program
let dir: string
beforeAll(() => {
  program = compileProgram()
  dir = mkdtempSync(join(tmpdir(), 'gachette-shells-'))
  mkdirSync(join(dir, 'bin'))
  writeFileSync(join(dir, 'bin/gachette'), stub(), { mode: 0o755 })
  writeFileSync(
    join(dir, '.gachetterc'),
    'roles: {web: [web1, web2], db: [db1]}\nprojects: {shop: {url: "https://example.org/shop"}}\n',
  )
  writeFileSync(join(dir, 'gachette.log'), '')
  for (const shell of SHELLS) writeFileSync(join(dir, shell), completionScript(shell))
})
afterAll(() => {
  program.remove()
  rmSync(dir, { recursive: true })
})

/** Completes as the program does; whatever else it is called with, it says. */
const stub = () => `#!/bin/sh
[ "$1" = __complete ] && exec '${process.execPath}' '${program.bin}' "$@"
printf '<gachette'
printf ' %s' "$@"
echo '>'
`

const env = () => ({ HOME: dir, PATH: `${dir}/bin:${process.env.PATH}`, LC_ALL: 'C.UTF-8' })

/** Typed, and what the line was after one Tab and Enter, `echo` in front so that nothing runs. */
const LINES: readonly (readonly [typed: string, line: string])[] = [
  ['gachette qui', 'gachette quick'],
  ['gachette quick:0.0.1,sho', 'gachette quick:0.0.1,shop'],
  ['gachette stack_create:bump=mi', 'gachette stack_create:bump=minor'],
  ['gachette stack_create --bump mi', 'gachette stack_create --bump minor'],
  ['gachette stack_create --bump=mi', 'gachette stack_create --bump=minor'],
  ['gachette quick 0.0.1 s', 'gachette quick 0.0.1 shop'],
  ['gachette -R w', 'gachette -R web'],
  ['gachette -H web1,@d', 'gachette -H web1,@db'],
  ['gachette --dry', 'gachette --dry-run'],
  ['gachette quick --reb', 'gachette quick --rebuild'],
  ['gachette stack cr', 'gachette stack create'],
  ['gachette --set comm', 'gachette --set command_timeout='],
  ['gachette -c gachette.l', 'gachette -c gachette.log'],
  ['gachette completion zs', 'gachette completion zsh'],
]

describeWith(['bash', 'python3'], 'bash', () => {
  test('bash completes words, also behind : = @ and commas', async () => {
    const shell = atTerminal(['bash', '--norc', '--noprofile', '-i'], {
      cwd: dir,
      env: { ...env(), PS1: '$ ' },
      columns: 200,
    })
    shell.type(`source ${dir}/bash\n`)
    await inTurn(shell)
  })
})

describeWith(['zsh', 'python3'], 'zsh', () => {
  test('zsh completes words, also behind : = @ and commas', async () => {
    const shell = atTerminal(['zsh', '-f', '-i'], { cwd: dir, env: env(), columns: 200 })
    shell.type('PS1="$ "; unsetopt zle_bracketed_paste; autoload -Uz compinit && compinit -u -D\n')
    shell.type(`source ${dir}/zsh\n`)
    await inTurn(shell)
  })
})

async function inTurn(shell: ReturnType<typeof atTerminal>): Promise<void> {
  const seen: string[] = []
  for (const [typed, line] of LINES) {
    shell.type(`${typed}\t\n`)
    await shell.until('>\r\n', seen.length + 1)
    seen.push(line)
    const ran = [...shell.shown().matchAll(/<(gachette[^>]*)>\r\n/g)].map(([, ran = '']) => ran.trimEnd())
    expect(ran).toEqual(seen)
  }
  shell.type('exit\n')
  expect(await shell.exitCode).toBe(0)
}

describeWith(['fish'], 'fish', () => {
  test('fish completes words, and says what they mean', () => {
    const complete = (line: string) =>
      execFileSync('fish', ['--no-config', '-c', `source ${dir}/fish; complete -C ${JSON.stringify(line)}`], {
        cwd: dir,
        env: env(),
        encoding: 'utf8',
      })
    for (const [typed, line] of LINES) {
      const words = line.split(' ')
      expect(
        complete(typed)
          .split('\n')
          .map((each) => each.split('\t')[0]),
      ).toContain(words.at(-1))
    }
    expect(complete('gachette qui')).toBe(
      'quick\tBuild a ref and pin everything it makes in a stack, or change nothing\n',
    )
  })
})
