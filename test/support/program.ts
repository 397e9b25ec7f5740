import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const root = resolve(import.meta.dirname, '../..')

/** The program as users run it: compiled, in a folder of its own. */
export interface Program {
  readonly bin: string
  /** Starts it; `NODE_OPTIONS` and the like come from `env`, home and caches are the folder's own. */
  readonly start: (argv: readonly string[], options: StartOptions) => Started
  readonly remove: () => void
}

export interface StartOptions {
  readonly cwd: string
  readonly env?: Readonly<Record<string, string>>
  readonly stdin?: string
  /** A file descriptor to write to instead. */
  readonly stdout?: number | undefined
  readonly nodeOptions?: readonly string[]
}

export interface Started {
  readonly child: ChildProcess
  readonly ended: Promise<{
    readonly exitCode: number | null
    readonly stdout: string
    readonly stderr: string
  }>
}

/** Compiles the program as it is shipped, types unchecked, in about two seconds. */
export function compileProgram(): Program {
  const dir = mkdtempSync(join(tmpdir(), 'gachette-program-'))
  const home = join(dir, 'home')
  mkdirSync(home)
  cpSync(join(root, 'package.json'), join(dir, 'package.json'))
  symlinkSync(join(root, 'node_modules'), join(dir, 'node_modules'))
  execFileSync(process.execPath, [join(root, 'scripts/bundle.mjs'), join(dir, 'dist')])
  const bin = join(dir, 'dist/src/bin.js')
  return {
    bin,
    start: (argv, { cwd, env = {}, stdin, stdout, nodeOptions = [] }) => {
      const child: ChildProcess = spawn(process.execPath, [...nodeOptions, bin, ...argv], {
        cwd,
        stdio: ['pipe', stdout ?? 'pipe', 'pipe'],
        env: { PATH: process.env.PATH, HOME: home, ...env },
      })
      child.stdin?.end(stdin ?? '')
      return { child, ended: endOf(child) }
    },
    remove: () => rmSync(dir, { recursive: true }),
  }
}

async function endOf(child: ChildProcess) {
  const said = { stdout: '', stderr: '' }
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (said.stdout += text))
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (said.stderr += text))
  const exitCode = await new Promise<number | null>((done) => child.on('close', done))
  return { exitCode, ...said }
}
