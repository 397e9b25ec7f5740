import { spawn } from 'node:child_process'
import { join } from 'node:path'

/** A program at a terminal of its own. */
export interface AtTerminal {
  /** All that was shown so far, escape sequences included. */
  readonly shown: () => string
  readonly type: (keys: string) => void
  /** Waits until the terminal has shown a text `times` times. */
  readonly until: (text: string, times?: number) => Promise<void>
  /** Sends SIGTERM to the program. */
  readonly end: () => void
  readonly exitCode: Promise<number | null>
}

export interface TerminalOptions {
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  readonly columns?: number
  readonly rows?: number
}

/** Starts a program at a pseudo-terminal, which node cannot make itself. */
export function atTerminal(argv: readonly string[], options: TerminalOptions): AtTerminal {
  const { cwd, env, columns = 80, rows = 24 } = options
  const script = join(import.meta.dirname, 'at-terminal.py')
  const child = spawn('python3', [script, String(columns), String(rows), ...argv], {
    cwd,
    env: { PATH: process.env.PATH, TERM: 'xterm', ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  let shown = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    shown += text
  })
  const exitCode = new Promise<number | null>((ended) => child.on('close', ended))
  return {
    shown: () => shown,
    type: (keys) => void child.stdin.write(keys),
    until: (text, times = 1) =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (shown.split(text).length <= times) return
          child.stdout.off('data', look)
          resolve()
        }
        child.stdout.on('data', look)
        void exitCode.then(() => reject(new Error(`ended without ${text}: ${shown}`)))
        look()
      }),
    end: () => void child.kill('SIGTERM'),
    exitCode,
  }
}
