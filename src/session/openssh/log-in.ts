import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Readable } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import { UsageError } from '../../shell/index.ts'
import type { Login } from '../attempt.ts'
import type { Connection } from '../connection.ts'
import { answers } from './answers.ts'
import { argvFor } from './argv.ts'
import { askpass } from './askpass.ts'
import { failureOf } from './failure.ts'
import { type Mux, openMux } from './mux.ts'
import { Progress } from './progress.ts'
import { type Warden, warden } from './warden.ts'

/** A connection that the system's ssh keeps; its control socket carries our commands, and the hosts behind it. */
export interface OpenSshConnection extends Connection {
  readonly client: Mux
  readonly controlPath: string
}

/** One attempt by the system's ssh; rejects as the built-in `logIn` does. */
export async function logIn(login: Login, gate?: OpenSshConnection): Promise<OpenSshConnection> {
  const shared = await warden()
  try {
    return await logInWith(shared, login, gate)
  } catch (error) {
    shared.leave()
    throw error
  }
}

async function logInWith(
  shared: Warden,
  login: Login,
  gate: OpenSshConnection | undefined,
): Promise<OpenSshConnection> {
  const { target, settings, signal } = login
  const controlPath = shared.newPath()
  const progress = new Progress()
  const asked = answers(login, progress)
  const asks = asked && (await askpass(`${controlPath}.ask`, asked, settings.warn))
  const ways = { controlPath, gatePath: gate?.controlPath, asks: asks !== undefined }
  const argv = argvFor(target, settings, ways)
  if (settings.hostKeyPolicy === 'accept-new') await makeFolderOf(target.knownHostsFiles[0])
  signal.throwIfAborted()
  const child = spawn('ssh', argv, {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, ...asks?.env },
    // Not of our terminal: Ctrl-C is for us, and questions go our way.
    detached: true,
  })
  const end = () => void child.kill('SIGTERM')
  try {
    child.stderr.on('data', (chunk: Buffer) => progress.take(chunk))
    const ended = once(child, 'exit') as Promise<[number | null]>
    await once(child, 'spawn').catch(noProgram)
    if (child.pid !== undefined) shared.guard(child.pid)
    signal.addEventListener('abort', end, { once: true })
    if (signal.aborted) end()
    const [code] = await ended
    if (child.pid !== undefined) shared.dismiss(child.pid)
    if (code !== 0) {
      // Its last words may still be on their way.
      await settled(child.stderr)
      throw await failureOf({ login, progress, gate })
    }
    const mux = await openMux(controlPath, target.forwardedAgent !== undefined)
    shared.guard(mux.pid)
    return connectionOf(mux, { login, progress, log: child.stderr, controlPath, shared })
  } catch (error) {
    signal.throwIfAborted()
    throw error
  } finally {
    signal.removeEventListener('abort', end)
    asks?.close()
    if (asks) await rm(`${controlPath}.ask`, { force: true })
  }
}

interface Held {
  readonly login: Login
  readonly progress: Progress
  readonly log: Readable
  readonly controlPath: string
  readonly shared: Warden
}

const GOODBYE_MS = 500

function connectionOf(
  mux: Mux,
  { login: { target }, progress, log, controlPath, shared }: Held,
): OpenSshConnection {
  let reason: string | undefined
  let isClosing = false
  const closed = mux.gone.then(async () => {
    await settled(log)
    reason = isClosing ? 'closed' : progress.lastWords || 'ssh has ended'
    shared.dismiss(mux.pid)
    shared.leave()
    mux.lose()
    return reason
  })
  const end = (signal: NodeJS.Signals) => {
    try {
      if (reason === undefined) process.kill(mux.pid, signal)
    } catch {
      // It has just ended by itself.
    }
  }
  return {
    host: target.host,
    hostKeyFingerprint: progress.hostKey?.fingerprint ?? '',
    client: mux,
    controlPath,
    closed,
    lost: () => reason,
    close() {
      end(isClosing ? 'SIGKILL' : 'SIGTERM')
      if (isClosing) return
      isClosing = true
      const timer = setTimeout(() => end('SIGKILL'), GOODBYE_MS)
      void closed.then(() => clearTimeout(timer))
    },
  }
}

const LAST_WORDS_MS = 200

/** What ssh had to say is read; a child of its own may hold the stream open. */
async function settled(log: Readable): Promise<void> {
  if (log.readableEnded) return
  const patience = new AbortController()
  const { signal } = patience
  await Promise.race([
    once(log, 'end', { signal }).catch(() => {}),
    pause(LAST_WORDS_MS, undefined, { signal }).catch(() => {}),
  ])
  patience.abort()
}

async function makeFolderOf(file: string | undefined): Promise<void> {
  // That it cannot be made is ssh's to find.
  if (file !== undefined) await mkdir(dirname(file), { recursive: true, mode: 0o700 }).catch(() => {})
}

function noProgram(error: Error): never {
  throw new UsageError('ssh_client: openssh  needs the ssh program, and there is none here', {
    hint: 'apt install openssh-client, or set  ssh_client: built-in',
    cause: error,
  })
}
