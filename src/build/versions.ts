import { type DebVersion, isVersion, parseVersion } from '../deb/index.ts'
import { printable, UsageError } from '../shell/index.ts'
import type { KindVersions, Prepared } from './builder.ts'

/** `dated` sorts by time; `rev` is the form of 2013, whose hashes have no order. */
export type VersionScheme = 'dated' | 'rev'

/** What a version is made of. */
export interface VersionRequest {
  readonly source: Pick<Prepared, 'commit' | 'committedAt' | 'ref' | 'nearestTag'>
  /** `projects.<name>.base_version`; without it the nearest `v*` tag, else 0.0.1. */
  readonly baseVersion?: string | undefined
  readonly scheme: VersionScheme
}

/** Longer ones would make versions that fit into no file name. */
const LONGEST_REF = 60
const LONGEST_BASE = 100
/** The end of the year 9999: a commit may claim any date. */
const LAST_SECOND = 253_402_300_799

/**
 * The version of a commit. `dated`: `BASE+git<YYYYMMDD>.<HHMMSS>.<sha12>[.<ref>]`, in UTC, the same everywhere for one
 * commit and ref; it sorts by time, above BASE and every `BASErev…`, below the next BASE. `rev`:
 * `BASErev<sha7>[-<ref>]`. A ref that is the commit's own hash is not repeated. Throws a UsageError for a bad base.
 */
export function versionOf({ source, baseVersion, scheme }: VersionRequest): DebVersion {
  const { commit, committedAt } = source
  const base = endingInDigit(baseOf(baseVersion, source.nearestTag))
  const ref = source.ref === undefined || commit.startsWith(source.ref.toLowerCase()) ? '' : source.ref
  if (scheme === 'rev')
    return parseVersion(`${base}rev${commit.slice(0, 7)}${tail('-', ref, /[^A-Za-z0-9.+]+/g)}`)
  const when = timestamp(Math.min(Math.max(committedAt, 0), LAST_SECOND))
  const refTail = tail('.', ref.toLowerCase(), /[^a-z0-9]+/g)
  return parseVersion(`${base}+git${when}.${commit.slice(0, 12)}${refTail}`)
}

/** The version of every kind of package: as given, else the commit's. Throws a UsageError for a given one dpkg refuses. */
export function kindVersions(request: VersionRequest, given: Partial<KindVersions> = {}): KindVersions {
  const own = (kind: keyof KindVersions): DebVersion => {
    const version = given[kind]
    return version === undefined ? versionOf(request) : parseVersion(version)
  }
  return { app: own('app'), env: own('env'), service: own('service'), static: own('static') }
}

/**
 * A version as people and tags write it, as Debian orders it: a pre-release sorts before its release (`1.0.0-rc.1` →
 * `1.0.0~rc.1`), a leading v goes. Undefined where no version can be made of it.
 */
export function debianBase(text: string): DebVersion | undefined {
  const plain = text.replace(/^v(?=\d)/i, '')
  // Semver, or looser: three numbers and anything after a dash, or any numbers and a word after it. `1.0-1` is Debian's.
  const [, numbers, pre, metadata = ''] =
    /^(\d+\.\d+\.\d+)-([0-9A-Za-z.-]+)(\+[0-9A-Za-z.-]+)?$/.exec(plain) ??
    /^(\d+(?:\.\d+)*)-([A-Za-z][0-9A-Za-z.-]*)(\+[0-9A-Za-z.-]+)?$/.exec(plain) ??
    []
  const written = numbers === undefined ? plain : `${numbers}~${`${pre}${metadata}`.replaceAll('-', '.')}`
  return isVersion(written) && written.length <= LONGEST_BASE ? written : undefined
}

function baseOf(given: string | undefined, nearestTag: string | undefined): DebVersion {
  if (given === undefined) {
    const tag = nearestTag?.replace(/[^A-Za-z0-9.+~-]+/g, '.')
    return debianBase(tag ?? '') ?? parseVersion('0.0.1')
  }
  const base = debianBase(given)
  if (base === undefined)
    throw new UsageError(`base_version ${printable(given)} is no version`, {
      hint: 'such as 1.2.0 or 1.2.0-rc.1',
    })
  return base
}

/** For dpkg `1.0~rc` equals `1.0~rc0`, but only what is appended to the latter sorts below `1.0~rc1`. */
const endingInDigit = (base: string): string => (/\d$/.test(base) ? base : `${base}0`)

/** Seconds since 1970 as `YYYYMMDD.HHMMSS`, UTC. */
const timestamp = (seconds: number): string =>
  new Date(seconds * 1000).toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '.')

/** A ref reduced to what a version may hold: whatever else it has becomes the separator, none at its ends. */
function tail(separator: string, ref: string, odd: RegExp): string {
  const words = ref
    .replace(odd, separator)
    .slice(0, LONGEST_REF)
    .split(separator)
    .filter((word) => word !== '')
  return words.length === 0 ? '' : `${separator}${words.join(separator)}`
}
