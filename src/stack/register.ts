import { type Query, sh, TaskError } from '../shell/index.ts'
import type { Remote } from '../task/context.ts'
import { type AddOptions, type Edit, type PackageToPin, registration } from './add.ts'
import { warningsOf } from './edit/edited.ts'
import { editScript } from './edit/script.ts'
import { parseAnswer } from './facts.ts'
import { refusal } from './failure.ts'
import { type Pin, parsePins } from './manifest.ts'
import { newEditId, parseLogText, parseStore, type Store, type StoreOptions } from './store.ts'

/** What is to be known of packages that are registered and pinned nowhere. */
export interface RegisterOptions
  extends Pick<AddOptions, 'build' | 'logPath' | 'provenance' | 'debsPath' | 'typed'> {
  /** Why no stack may pin them, one line; without it they are like all others. */
  readonly untrusted?: string
  /** Puts something around the edit that is to happen in the same round trip. */
  readonly after?: (query: Query<Registered>) => Query<Registered>
}

/** What is registered now. */
export interface Registered {
  readonly packages: readonly Pin[]
  readonly warnings: readonly string[]
}

/** Registers packages, all of them or none, and pins none of them in any stack; one round trip. */
export async function registerPackages(
  remote: Remote,
  store: StoreOptions,
  packages: readonly PackageToPin[],
  { after = (query) => query, ...options }: RegisterOptions = {},
): Promise<Registered> {
  const { query, stdin } = register(parseStore(store), packages, options)
  const title = `register ${packages.map(({ name, version }) => `${name} ${version}`).join(', ')}`
  const registered = await remote.ask(after(query), { stdin, title })
  for (const warning of registered.warnings) remote.warn(warning)
  return registered
}

/** The same as a question that needs its stdin. */
export function register(
  store: Store,
  packages: readonly PackageToPin[],
  options: Omit<RegisterOptions, 'after'> = {},
  id = newEditId(),
): Edit<Registered> {
  const { untrusted } = options
  const mark = untrusted === undefined ? {} : { untrusted: oneLine(untrusted) }
  const { command, stdin } = registration(store, packages, { ...options, ...mark })
  return {
    stdin,
    query: {
      command: editScript(
        store,
        { stack: '', id, ...(options.typed !== undefined && { typed: options.typed }) },
        sh`${command}
${REGISTER}`,
      ),
      parse(stdout) {
        const packages = parsePins(parseAnswer(stdout).json)
        if (packages.length === 0) throw new TaskError('the store did not say what it registered')
        return { packages, warnings: warningsOf(stdout) }
      },
      assumed: { packages: [], warnings: [] },
      failed: refusal(store, options.typed),
    },
  }
}

/** A mark is a line of a file; without a reason it would be no mark. */
const oneLine = (text: string): string =>
  parseLogText(text)
    .replace(/[\u0000-\u001f\u007f]+/g, ' ')
    .trim() || 'no reason is given'

const REGISTER = sh`hold=$meta/debs/.$id
begin
read_request
stage
mark_untrusted
take_store
judge 9>&-
wanted_lines 9>&-
note_build 9>&-
[ ! -d "$ready" ] || settle_disk 9>&-
accept
cat -- "$scratch/new"`
