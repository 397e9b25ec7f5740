import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, rm } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import { parseKnownHosts } from '../../inventory/index.ts'
import { UsageError } from '../../shell/index.ts'
import type { Login } from '../attempt.ts'
import type { Connection } from '../connection.ts'
import { hostKeyCheck } from '../host-key-check.ts'
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
  const { target, settings, deadline } = login
  const refused = new AbortController()
  const signal = AbortSignal.any([login.signal, refused.signal])
  const controlPath = shared.newPath()
  const newKeysPath = settings.hostKeyPolicy === 'accept-new' ? `${controlPath}.known` : undefined
  const progress = new Progress((signed) => void deadline.while(signed))
  const asked = answers(login, progress, (error) => refused.abort(error))
  const asks = asked && (await askpass(`${controlPath}.ask`, asked, settings.warn))
  try {
    const argv = argvFor(target, settings, {
      controlPath,
      newKeysPath,
      gatePath: gate?.controlPath,
      asks: !!asks,
    })
    const { code, log } = await runSsh(argv, { env: asks?.env ?? {}, progress, shared, signal })
    if (code !== 0) throw await failureOf({ login, progress, gate })
    const mux = await openMux(controlPath, target.forwardedAgent !== undefined)
    shared.guard(mux.pid)
    const connection = connectionOf(mux, { login, progress, log, controlPath, shared })
    await writeDown(newKeysPath, login).catch((error) => {
      connection.close()
      throw error
    })
    return connection
  } catch (error) {
    signal.throwIfAborted()
    throw error
  } finally {
    asks?.close()
    for (const path of [newKeysPath, asks && `${controlPath}.ask`]) if (path) await rm(path, { force: true })
  }
}

interface Circumstances {
  readonly env: Readonly<Record<string, string>>
  readonly progress: Progress
  readonly shared: Warden
  readonly signal: AbortSignal
}

/** Runs ssh until it has logged in or given up; `log` goes on as long as the ssh that is left behind. */
async function runSsh(
  argv: readonly string[],
  { env, progress, shared, signal }: Circumstances,
): Promise<{ readonly code: number | null; readonly log: Readable }> {
  signal.throwIfAborted()
  const child = spawn('ssh', argv, {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, ...env },
    // Not of our terminal: Ctrl-C is for us, and questions go our way.
    detached: true,
  })
  const log = child.stderr.on('data', (chunk: Buffer) => progress.take(chunk))
  const end = () => void child.kill('SIGTERM')
  signal.addEventListener('abort', end, { once: true })
  try {
    if (child.pid !== undefined) shared.guard(child.pid)
    const [code] = (await once(child, 'exit').catch(noProgram)) as [number | null]
    // Its last words may still be on their way.
    if (code !== 0) await settled(log)
    return { code, log }
  } finally {
    if (child.pid !== undefined) shared.dismiss(child.pid)
    signal.removeEventListener('abort', end)
  }
}

/** Keys are new until somebody has logged in: ssh writes them to a file of ours, and we where they belong. */
async function writeDown(newKeysPath: string | undefined, login: Login): Promise<void> {
  if (newKeysPath === undefined) return
  const [line] = parseKnownHosts(await readFile(newKeysPath, 'utf8').catch(() => ''), newKeysPath)
  if (line === undefined) return
  const { target, settings, knownHosts } = login
  const check = await hostKeyCheck(target, settings.hostKeyPolicy, knownHosts, settings.warn)
  if (!check.verify(line.key)) throw check.refusal()
  await check.settle()
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
  let closedFor: string | undefined
  const closed = mux.gone.then(async () => {
    await settled(log)
    reason = closedFor ?? (progress.lastWords || 'ssh has ended')
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
    // It may be; ssh speaks with it, and does not tell.
    isOpenSsh: false,
    client: mux,
    controlPath,
    closed,
    lost: () => reason,
    close(why = 'closed') {
      end(closedFor === undefined ? 'SIGTERM' : 'SIGKILL')
      if (closedFor !== undefined) return
      closedFor = why
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

function noProgram(error: Error): never {
  throw new UsageError('ssh_client: openssh  needs the ssh program, and there is none here', {
    hint: 'apt install openssh-client, or set  ssh_client: built-in',
    cause: error,
  })
}
