import type { PackageName } from '../../deb/index.ts'
import { type Query, script, sh, TaskError } from '../../shell/index.ts'
import { type Answer, parseAnswer } from '../facts.ts'
import { refusal } from '../failure.ts'
import { parsePackageVersion, parseReadName } from '../name.ts'
import { base } from '../shell/base.ts'
import { FIND, FINISH, LOCK } from '../shell/lock.ts'
import { STANDING } from '../shell/standing.ts'
import type { Store } from '../store.ts'
import { LOOK_UP } from './shell.ts'

/** Which version is meant: the one a stack pins, this one, or else the highest there is. */
export interface WhichVersion {
  readonly stack?: string
  readonly version?: string
  /** How gachette was called, for the lines a message tells to type. */
  readonly typed?: string
}

/** What the store holds of one version of a package, and what its files really are. */
export interface FoundPackage {
  readonly name: string
  readonly version: string
  /** manifest.json; undefined where there is none, or what is there is no JSON object. */
  readonly manifest: Readonly<Record<string, unknown>> | undefined
  /** Name of the .deb in the pool. */
  readonly file: string
  /** sha256 of what is there; absent where it is not. `log` is of the unpacked log, '' where it cannot be unpacked. */
  readonly deb?: string
  readonly log?: string
  readonly sbom?: string
  /** The mark beside it. */
  readonly untrusted?: string
  /** All versions that are registered, in no order. */
  readonly versions: readonly string[]
  readonly pins: readonly PinnedIn[]
}

/** A stack that pins a package. */
export interface PinnedIn {
  readonly stack: string
  readonly domain: string
  /** ISO time, UTC; absent in a plain folder of 2013, as the next one. */
  readonly when?: string
  readonly who?: string
}

/** One version of a package, its files and its pins in all domains; some twelve processes, however many stacks there are. */
export function lookUp(
  store: Store,
  name: PackageName,
  { stack, version, typed }: WhichVersion,
): Query<FoundPackage> {
  return {
    command: script(sh`${base(store)}
package=${name}
stack=${stack === undefined ? '' : parseReadName(stack)}
version=${version === undefined ? '' : parsePackageVersion(version)}
${LOCK}
${FINISH}
${FIND}
${STANDING}
${LOOK_UP}`),
    parse: (stdout) => parseFound(stdout, name),
    assumed: { name, version: version ?? '', manifest: undefined, file: '', versions: [], pins: [] },
    failed: refusal(store, typed),
  }
}

function parseFound(stdout: string, name: string): FoundPackage {
  const answer = parseAnswer(stdout)
  const one = (key: string) => answer.first(key)?.[0]
  const version = one('chosen')
  if (version === undefined) throw new TaskError('the store did not say which version it looked up')
  const [deb, log, sbom, untrusted] = [one('deb'), one('log'), one('sbom'), one('untrusted')]
  return {
    name,
    version,
    manifest: objectOf(Buffer.from(one('manifest') ?? '', 'base64').toString('utf8')),
    file: one('file') ?? '',
    ...(deb !== undefined && { deb }),
    ...(log !== undefined && { log }),
    ...(sbom !== undefined && { sbom }),
    ...(untrusted !== undefined && { untrusted }),
    versions: answer.all('version').map(([each = '']) => each),
    pins: pinsOf(answer, version),
  }
}

/** Another tool may have written it: what is no JSON object is as if it were not there. */
function objectOf(json: string): FoundPackage['manifest'] {
  try {
    const value: unknown = JSON.parse(json)
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return value as Record<string, unknown>
  } catch {
    // As if it were not there.
  }
  return undefined
}

/** A pin is the same folder in all stacks that share it: `pin FOLDER VERSION LINK`; one of them says whose it is. */
function pinsOf(answer: Answer, version: string): readonly PinnedIn[] {
  const pins = answer.all('pin')
  const lineOf = new Map(answer.all('line').map(([stack = '', ...json]) => [stack, json.join('\t')]))
  const lines = new Map<string, string>()
  for (const [folder = '', , link = ''] of pins) {
    const line = lineOf.get(folder.slice(0, folder.lastIndexOf('/packages/')))
    if (link !== '' && line !== undefined) lines.set(link, line)
  }
  return pins
    .flatMap(([folder = '', pinned, link = '']) => {
      const [, domain = 'main', stack] =
        /^(?:domain\/([^/]+)\/)?stacks\/([^/]+)\/packages\/[^/]+$/.exec(folder) ?? []
      if (stack === undefined || pinned !== version) return []
      return [{ stack, domain, ...pinnerOf(lines.get(link)) }]
    })
    .sort((one, other) => compare(one.domain, other.domain) || compare(one.stack, other.stack))
}

function pinnerOf(line = ''): { when?: string; who?: string } {
  const found = objectOf(line.replace(/,$/, ''))
  const [when, who] = [found?.pinnedAt, found?.pinnedBy]
  return { ...(typeof when === 'string' && { when }), ...(typeof who === 'string' && { who }) }
}

const compare = (one: string, other: string): number => one.localeCompare(other, 'en', { numeric: true })
