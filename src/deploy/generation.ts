import { TaskError } from '../shell/index.ts'

/** One package as a host has it, or is to have it. */
export interface HostPackage {
  readonly name: string
  readonly version: string
  readonly architecture: string
  /** Of its .deb, lower-case hex; `-` where nobody has the .deb. */
  readonly sha256: string
}

/** What was there of a package before a stack brought it; null: nothing. */
export interface Before {
  readonly version: string
  readonly architecture: string
  /** `-` where its .deb was found nowhere: there is no way back to it. */
  readonly sha256: string
}

/** One state of a host, as it is written down there: `generations/N/manifest.json`. */
export interface HostGeneration {
  /** From 1 on; 0 is how the host was before the first deployment. */
  readonly number: number
  /** The generation it was made from; 0 where it was the first. */
  readonly parent: number
  readonly domain: string
  readonly stack: string
  /** Of the stack. */
  readonly digest: string
  /** ISO time, UTC. */
  readonly when: string
  readonly who: string
  readonly packages: readonly (HostPackage & { readonly before?: Before | null })[]
}

/** A generation as its file has it: a line of JSON for the head, one for each package. */
export function manifestText({ packages, ...head }: HostGeneration): string {
  const { number, parent, domain, stack, digest, when, who } = head
  const first = { v: 1, generation: number, parent, domain, stack, digest, count: packages.length, when, who }
  const lines = packages.map((each) => JSON.stringify(each))
  return [`${JSON.stringify(first).slice(0, -1)},"packages":[`, lines.join(',\n'), ']}', ''].join('\n')
}

/** The same for shells: lines of name, version, architecture and digest. */
export const listText = (packages: readonly HostPackage[]): string =>
  packages
    .map(({ name, version, architecture, sha256 }) => `${[name, version, architecture, sha256].join('\t')}\n`)
    .join('')

/** Reads a manifest, or its first line alone (which has no packages then). Throws a TaskError for anything else. */
export function parseHostGeneration(text: string): HostGeneration {
  const entry = object(text)
  const { v, packages } = entry
  if (v !== 1 || !Array.isArray(packages)) throw odd(text)
  return {
    number: count(entry.generation, text),
    parent: count(entry.parent, text),
    domain: word(entry.domain, text),
    stack: word(entry.stack, text),
    digest: word(entry.digest, text),
    when: word(entry.when, text),
    who: typeof entry.who === 'string' ? entry.who : '',
    packages: packages.map((each: unknown) => packageOf(each, text)),
  }
}

function packageOf(value: unknown, text: string): HostGeneration['packages'][number] {
  const entry = record(value, text)
  const { before } = entry
  const named = { name: word(entry.name, text), ...versionOf(entry, text) }
  if (before === undefined) return named
  return { ...named, before: before === null ? null : versionOf(record(before, text), text) }
}

const versionOf = (entry: Readonly<Record<string, unknown>>, text: string): Before => ({
  version: word(entry.version, text),
  architecture: word(entry.architecture, text),
  sha256: word(entry.sha256, text),
})

function object(text: string): Readonly<Record<string, unknown>> {
  try {
    return record(JSON.parse(text), text)
  } catch {
    throw odd(text)
  }
}

function record(value: unknown, text: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>
  throw odd(text)
}

/** Words go back to a shell and into file names: nothing with a blank or a slash is one. */
function word(value: unknown, text: string): string {
  if (typeof value === 'string' && /^[^\s/\u0000-\u001f\u007f]{1,1000}$/.test(value)) return value
  throw odd(text)
}

function count(value: unknown, text: string): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value
  throw odd(text)
}

const odd = (text: string) =>
  new TaskError(`the host has what is no generation of ours: ${JSON.stringify(text.slice(0, 80))}`)
