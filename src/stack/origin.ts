import { isBuilt, originOf } from './provenance/index.ts'

/** The commit a package was built of, and whose it is. */
export interface Origin {
  /** Without credentials. */
  readonly repository: string
  /** Full lower-case hex. */
  readonly commit: string
}

/** The commit a package was built of, by the JSON of its `provenance`; undefined where that does not say it. */
export function sourceOf(json: string): Origin | undefined {
  const origin = originOf(parsed(json))
  if (!isBuilt(origin)) return undefined
  const { repository, commit } = origin
  return repository === undefined || commit === undefined ? undefined : { repository, commit }
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    // Cut, or spoilt by somebody: `verify` says so.
    return undefined
  }
}
