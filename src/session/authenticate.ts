import type { AnyAuthMethod, AuthHandlerMiddleware, ParsedKey } from 'ssh2'
import { type Secret, UnreachableError } from '../shell/index.ts'
import { agentWith } from './agent.ts'
import type { Credentials } from './credentials.ts'
import type { KeyFile } from './key-file.ts'
import type { Target } from './target.ts'

/** How we prove who we are to one host, in one attempt. */
export interface Authentication {
  readonly handler: AuthHandlerMiddleware
  /** True once nothing is left to try. */
  isExhausted(): boolean
  /** The error that says what was tried, and what could have been. */
  error(because?: string): UnreachableError
}

interface Circumstances {
  readonly target: Target
  readonly credentials: Credentials
  readonly password: Secret | undefined
  /** Waits for a person while the clock of the attempt stands still. */
  readonly humanly: <T>(waiting: Promise<T>) => Promise<T>
}

const PASSWORD_TRIES = 3

/** Keys first (named ones, the agent's, ssh_config's, encrypted ones), then keyboard-interactive, then the password. */
export function authentication(circumstances: Circumstances): Authentication {
  const { target } = circumstances
  const log: Log = { tried: [], notes: [], accepted: undefined }
  const methods = methodsOf(circumstances, log)
  let exhausted = false
  return {
    handler(left, _partial, next) {
      // ssh2's types hide that it passes null before the host has said what it takes.
      log.accepted = (left as readonly string[] | null) ?? log.accepted
      methods.next().then(
        ({ value, done }) => {
          exhausted = done === true
          next(done ? NOTHING_LEFT : value)
        },
        (error: Error) => {
          log.notes.push(error.message)
          exhausted = true
          next(NOTHING_LEFT)
        },
      )
    },
    isExhausted: () => exhausted,
    error(because) {
      const tried =
        log.tried.length > 0 ? log.tried.join(', ') : 'nothing: there is no usable key or password'
      return new UnreachableError(
        'authentication',
        `${target.host.name}: ${target.user} may not log in${because ? ` (${because})` : ''}`,
        {
          hint: [
            `tried: ${tried}`,
            ...(log.accepted ? [`the host takes: ${log.accepted.join(', ')}`] : []),
            ...log.notes,
            'name a key with -i FILE or key_filename, load it with ssh-add, or set user or password',
          ].join('\n'),
        },
      )
    },
  }
}

/** What ssh2 takes for "no more": documented, but missing in its types. */
const NOTHING_LEFT = false as unknown as AnyAuthMethod

interface Log {
  readonly tried: string[]
  readonly notes: string[]
  accepted: readonly string[] | undefined
}

async function* methodsOf(about: Circumstances, log: Log): AsyncGenerator<AnyAuthMethod, void> {
  const { target } = about
  const takes = (method: string) => log.accepted === undefined || log.accepted.includes(method)
  for await (const { label, method } of keysOf(about, log)) {
    if (!takes('publickey')) break
    log.tried.push(label)
    yield method
  }
  if (takes('keyboard-interactive') && (about.password || target.interactive)) {
    log.tried.push('keyboard-interactive')
    yield keyboardInteractive(about)
  }
  if (!takes('password')) return
  if (about.password) {
    log.tried.push('the password')
    yield { type: 'password', username: target.user, password: about.password.reveal() }
  }
  for (let tries = 0; target.interactive && tries < PASSWORD_TRIES; tries++) {
    const typed = await about.humanly(
      about.credentials.ask(`password of ${target.user}@${target.host.name}: `),
    )
    if (typed.reveal() === '') return
    log.tried.push('a typed password')
    yield { type: 'password', username: target.user, password: typed.reveal() }
  }
}

interface Offer {
  readonly label: string
  readonly method: AnyAuthMethod
}

async function* keysOf(
  { target, credentials, humanly }: Circumstances,
  log: Log,
): AsyncGenerator<Offer, void> {
  const paths = [...target.namedKeyFiles, ...target.configKeyFiles]
  const files = new Map<string, KeyFile>()
  for (const path of paths) files.set(path, await credentials.file(path))
  const agent = target.agentSocket ? await credentials.agent(target.agentSocket) : undefined
  const offered = new Set<string>()
  const offer = (label: string, key: ParsedKey): Offer | undefined => {
    const identity = key.getPublicSSH().toString('base64')
    if (offered.has(identity)) return undefined
    offered.add(identity)
    return { label, method: { type: 'publickey', username: target.user, key } }
  }
  const fromAgent = (keys: readonly ParsedKey[]): Offer | undefined => {
    const fresh = keys.filter((key) => !offered.has(key.getPublicSSH().toString('base64')))
    if (fresh.length === 0 || !target.agentSocket) return undefined
    for (const key of fresh) offered.add(key.getPublicSSH().toString('base64'))
    const label = fresh.length === 1 ? 'one key of the agent' : `${fresh.length} keys of the agent`
    return {
      label,
      method: { type: 'agent', username: target.user, agent: agentWith(target.agentSocket, fresh) },
    }
  }
  const inAgent = (wanted: readonly string[]) => {
    const publicKeys = wanted.map((path) => publicKeyOf(files.get(path)))
    return (agent?.keys ?? []).filter((key) => publicKeys.some((known) => known?.equals(key.getPublicSSH())))
  }
  const ready = (wanted: readonly string[]) =>
    wanted.flatMap((path) => {
      const file = files.get(path)
      return file?.type === 'ready' ? (offer(path, file.key) ?? []) : []
    })

  yield* defined(fromAgent(inAgent(target.namedKeyFiles)))
  yield* ready(target.namedKeyFiles)
  yield* defined(fromAgent(target.identitiesOnly ? inAgent(paths) : (agent?.keys ?? [])))
  yield* ready(target.configKeyFiles)
  note(log, files, target, agent?.unusable ?? [], agent?.trouble)
  for (const [path, file] of files) {
    if (file.type !== 'locked' || (file.publicKey && offered.has(file.publicKey.toString('base64')))) continue
    if (!target.interactive) {
      log.notes.push(`${path} is encrypted, and there is nobody to ask for its passphrase: ssh-add ${path}`)
      continue
    }
    const key = await humanly(credentials.unlocked(path, file.text))
    if (key) yield* defined(offer(path, key))
    else log.notes.push(`${path} stayed locked: no right passphrase was given`)
  }
}

const defined = (offer: Offer | undefined): Offer[] => (offer ? [offer] : [])

const publicKeyOf = (file: KeyFile | undefined): Buffer | undefined =>
  file?.type === 'ready' || file?.type === 'locked' ? file.publicKey : undefined

function note(
  log: Log,
  files: ReadonlyMap<string, KeyFile>,
  target: Target,
  unusable: readonly string[],
  trouble: string | undefined,
): void {
  for (const [path, file] of files) {
    if (file.type === 'unusable') log.notes.push(`${path} ${file.why}`)
    if (file.type === 'missing' && target.namedKeyFiles.includes(path))
      log.notes.push(`${path} does not exist`)
  }
  for (const type of unusable)
    log.notes.push(`the agent holds a ${type} key, which ssh2 cannot use; a plain key is needed`)
  if (trouble) log.notes.push(trouble)
}

function keyboardInteractive({ target, credentials, password, humanly }: Circumstances): AnyAuthMethod {
  let passwordGiven = false
  return {
    type: 'keyboard-interactive',
    username: target.user,
    prompt(_name, instructions, _language, prompts, finish) {
      const answers = async () => {
        const given: string[] = []
        for (const { prompt, echo } of prompts) {
          if (password && !passwordGiven && !echo) {
            passwordGiven = true
            given.push(password.reveal())
          } else if (target.interactive) {
            const question = `${target.user}@${target.host.name}: ${instructions}${prompt}`
            given.push((await humanly(credentials.ask(question))).reveal())
          } else given.push('')
        }
        return given
      }
      answers().then(finish, () => finish([]))
    },
  }
}
