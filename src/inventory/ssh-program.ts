import { execFile } from 'node:child_process'
import { SettingsError } from '../shell/index.ts'
import { parseAnswer, type SshAnswer } from './ssh-config.ts'

/** The host as typed, and what was typed with it: `Match user` looks at that. */
export interface AskedHost {
  readonly address: string
  readonly user?: string | undefined
  readonly port?: number | undefined
}

/** What `ssh -G` printed, and the files it read for that. */
export interface SshReply {
  readonly askedFor: string
  readonly answer: SshAnswer
  readonly files: readonly string[]
}

const PROCESSES = 4
const PATIENCE_MS = 30_000

let running = 0
const waiting: (() => void)[] = []

/**
 * Asks `ssh -G`, a few at a time. Undefined where there is no ssh program; rejects with a SettingsError when ssh does
 * not accept its files.
 */
export async function askSsh(host: AskedHost, configPath: string | undefined): Promise<SshReply | undefined> {
  if (running >= PROCESSES) await new Promise<void>((go) => waiting.push(go))
  else running++
  try {
    return await run(host.address, argvFor(host, configPath))
  } finally {
    const next = waiting.shift()
    if (next) next()
    else running--
  }
}

const argvFor = ({ address, user, port }: AskedHost, configPath: string | undefined): readonly string[] => [
  '-v', // names the files
  ...(configPath === undefined ? [] : ['-F', configPath]),
  ...(user === undefined ? [] : ['-l', user]),
  ...(port === undefined ? [] : ['-p', String(port)]),
  '-G',
  '--',
  address,
]

function run(askedFor: string, argv: readonly string[]): Promise<SshReply | undefined> {
  return new Promise((resolve, reject) => {
    const child = execFile(
      'ssh',
      argv,
      { timeout: PATIENCE_MS, encoding: 'utf8' },
      (error, stdout, stderr) => {
        const lines = stderr.split(/\r?\n/)
        if (!error) {
          const files = lines.flatMap(
            (line) => /^debug1: Reading configuration data (.*)$/.exec(line)?.[1] ?? [],
          )
          resolve({ askedFor, answer: parseAnswer(stdout), files })
        } else if (error.code === 'ENOENT') resolve(undefined)
        else reject(notAccepted(lines, error, askedFor))
      },
    )
    child.stdin?.on('error', () => {}).end()
  })
}

function notAccepted(lines: readonly string[], error: Error, host: string): SettingsError {
  const said = lines.filter((line) => line !== '' && !/^(debug\d|OpenSSH_|Pseudo-terminal)/.test(line))
  return new SettingsError(`ssh_config is not accepted: ${said[0] ?? error.message}`, {
    hint: `ssh -G ${host}  says the same; with  use_ssh_config: false  it is not read`,
  })
}
