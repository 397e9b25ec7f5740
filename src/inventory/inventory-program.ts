import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { CancelledError, printable, SettingsError } from '../shell/index.ts'

/** A program of this machine that says which hosts there are. */
export interface InventoryProgram {
  /** Its path or name, and its arguments. No shell sees them. */
  readonly words: readonly string[]
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly timeoutMs: number
  readonly signal?: AbortSignal | undefined
}

const MOST_BYTES = 16 * 1024 * 1024
const LAST_BYTES = 4096

/** How a program is named in messages. */
export const programName = ([first = '']: readonly string[]): string => `inventory ${first}`

/**
 * Runs it, and answers what it printed on stdout. It has a process group of its own, which is ended with it. Rejects with
 * a SettingsError that holds the last lines of its stderr, or with a CancelledError.
 */
export function askProgram({ words, cwd, env, timeoutMs, signal }: InventoryProgram): Promise<string> {
  const [file = '', ...args] = words
  const name = programName(words)
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
    const printed: Buffer[] = []
    let size = 0
    let said = Buffer.alloc(0)
    const timer = setTimeout(() => {
      const seconds = timeoutMs / 1000
      fail(`${name} had not ended after ${seconds} s`, 'give it more with  inventory_timeout , in seconds')
    }, timeoutMs)
    const cancel = () => end(() => reject(new CancelledError(`${name} was cancelled`)))
    signal?.addEventListener('abort', cancel)
    if (signal?.aborted) cancel()

    child.stdout.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size > MOST_BYTES) fail(`${name} prints more than ${MOST_BYTES / 1024 ** 2} MiB`)
      else printed.push(chunk)
    })
    child.stderr.on('data', (chunk: Buffer) => {
      said = Buffer.concat([said, chunk]).subarray(-LAST_BYTES)
    })
    child.on('error', (error) => fail(...cannotRun(name, file, cwd, error)))
    child.on('close', (code, killedBy) => {
      if (code === 0) end(() => decoded(Buffer.concat(printed), name, resolve, reject))
      else fail(code === null ? `${name} was ended by ${killedBy}` : `${name} ended with exit code ${code}`)
    })

    function fail(what: string, hint?: string) {
      const output = lastLines(said.toString())
      end(() => reject(new SettingsError(what, { output, ...(hint === undefined ? {} : { hint }) })))
    }

    /** Only the first end counts. What the program has left behind goes with it. */
    function end(settle: () => void) {
      clearTimeout(timer)
      signal?.removeEventListener('abort', cancel)
      killGroup(child.pid)
      child.stdout.destroy()
      child.stderr.destroy()
      settle()
    }
  })
}

function decoded(
  bytes: Buffer,
  name: string,
  resolve: (text: string) => void,
  reject: (error: Error) => void,
): void {
  try {
    resolve(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    reject(new SettingsError(`${name}: its answer is not UTF-8`))
  }
}

function cannotRun(name: string, file: string, cwd: string, error: Error): [what: string, hint: string] {
  const code = 'code' in error ? error.code : undefined
  const shown = printable(file)
  const ansibles = `a file of Ansible's is read by its program:  inventory: [ansible-inventory, -i, ${shown}, --list]`
  const isBareName = !file.includes('/')
  if (code === 'ENOENT' && isBareName && existsSync(join(cwd, file)))
    return [
      `${name}: there is no program ${shown} in PATH`,
      `a program in this folder is written  ./${file} ; ${ansibles}`,
    ]
  if (code === 'ENOENT')
    return [
      `${name}: there is no program ${shown}`,
      isBareName
        ? 'it was sought in PATH; a path has a slash, and is relative to the file that sets  inventory'
        : 'a path is relative to the file that sets  inventory',
    ]
  if (code === 'EACCES') return [`${name}: ${shown} may not be executed`, `chmod +x ${shown} ; ${ansibles}`]
  return [`${name} cannot be run: ${error.message}`, 'inventory  names a program and its arguments']
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // It is gone already, as it should be.
  }
}

/** Ten at most, without anything a terminal would take for orders. */
function lastLines(text: string): readonly string[] {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '')
  return lines.slice(-10).map((line) => line.replace(/\p{C}/gu, ' '))
}
