import { type ChildProcess, type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { LocalHost } from '../inventory/index.ts'
import { UnreachableError, UsageError } from '../shell/index.ts'
import { type CarryOptions, type CarryOut, sessionOver } from './carried.ts'
import { type Ending, follow, type Started } from './follow.ts'
import { END_SESSION, endFromOutside, wrap } from './lifeline.ts'
import type { Session } from './session.ts'

const LOCAL: LocalHost = { kind: 'local', name: 'local' }

/** This machine, with the promises of a remote one: the same lifeline, so that commands end when we do. */
export const localSession = (): Session => sessionOver(LOCAL, carryOut, async () => {})

const carryOut: CarryOut = async (command, options) => {
  if (options.terminal)
    throw new UsageError(
      'local: a terminal (pty) is had on hosts that are reached over SSH, not on this machine',
    )
  const wrapped = wrap(command, options)
  if (options.signals?.some(({ aborted }) => aborted)) return { type: 'cancelled', remote: { type: 'ended' } }
  // `detached` is setsid(2): the shell leads its own session, as under sshd, and Ctrl-C of our terminal is ours alone.
  const child = spawn('/bin/sh', ['-c', wrapped.script], { detached: true })
  try {
    await once(child, 'spawn')
  } catch (error) {
    throw new UnreachableError('unreachable', 'local: /bin/sh cannot be started', { cause: error })
  }
  const followed = await follow(startedAs(child, options), wrapped, options)
  if (followed.type === 'no-session')
    throw new UnreachableError('unreachable', 'local: /proc is needed to run commands')
  return followed
}

function startedAs(child: ChildProcessWithoutNullStreams, { sudo }: CarryOptions): Started {
  return {
    stdin: child.stdin,
    stdout: child.stdout,
    stderr: child.stderr,
    onExit: (listener) => void child.once('exit', listener),
    closed: endingOf(child),
    release() {
      child.stdout.destroy()
      child.stderr.destroy()
    },
    async rescue(marker) {
      const said: Buffer[] = []
      if (sudo) {
        const onStderr = (chunk: Uint8Array) => void said.push(Buffer.from(chunk))
        await carryOut(endFromOutside(marker), { sudo, onStderr })
        return Buffer.concat(said)
      }
      // The group is told first, as the lifeline would.
      const endGroup = `kill -s TERM -- -${child.pid};${END_SESSION}`
      const ender = spawn('/bin/sh', ['-c', endGroup, marker, String(child.pid)], {
        detached: true,
        stdio: ['ignore', 'ignore', 'pipe'],
      })
      ender.stderr.on('data', (chunk: Buffer) => said.push(chunk))
      await once(ender, 'close')
      return Buffer.concat(said)
    },
  }
}

const endingOf = (child: ChildProcess): Promise<Ending> =>
  new Promise((resolve) => {
    child.once('close', (code, signal) => {
      if (signal !== null) resolve({ signal })
      else resolve(code === null ? { lost: 'no exit status' } : { code })
    })
  })
