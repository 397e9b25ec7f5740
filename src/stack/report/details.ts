import { type Query, script, sh } from '../../shell/index.ts'
import { refusal } from '../failure.ts'
import { object, type Pin } from '../manifest.ts'
import { parsePackageVersion } from '../name.ts'
import { isBuilt, originOf } from '../provenance/index.ts'
import { base } from '../shell/base.ts'
import type { Store } from '../store.ts'
import type { ReportedOrigin } from './data.ts'

/** What a package says of itself, and what the store says of where it comes from. */
export interface PackageDetails {
  readonly summary?: string
  readonly origin?: ReportedOrigin
}

/** Of more packages than these nobody reads where they come from on one page. */
const MOST = 2000

/** What the manifests of packages say, by `name version`; of the first 2,000. A package without one has no entry. */
export function packageDetails(
  store: Store,
  pins: readonly Pin[],
): { readonly query: Query<ReadonlyMap<string, PackageDetails>>; readonly stdin: string } {
  const paths = pins
    .slice(0, MOST)
    .map(({ name, version }) => `${name}/version/${parsePackageVersion(version)}/manifest.json\n`)
  return {
    stdin: paths.join(''),
    query: {
      command: script(sh`${base(store)}
cd -- "$meta/packages" || exit 0
# Of the control file, the last line, only the description.
xargs -r -d '\n' grep -sH -e '^"provenance":' -e '^"control":' /dev/null |
  sed 's/:"control":.*"Description":"\(\([^"\\]\|\\.\)*\)".*/:"control":"\1"/'
exit 0`),
      parse: parseDetails,
      assumed: new Map(),
      failed: refusal(store),
    },
  }
}

function parseDetails(stdout: string): ReadonlyMap<string, PackageDetails> {
  const details = new Map<string, PackageDetails>()
  for (const line of stdout.split('\n')) {
    const [, name, version, key, json = ''] =
      /^([^/]+)\/version\/([^/]+)\/manifest\.json:"(provenance|control)":(.*?),?$/.exec(line) ?? []
    if (name === undefined) continue
    const at = `${name} ${version}`
    const found = key === 'control' ? summaryOf(json) : foundOrigin(json)
    details.set(at, { ...details.get(at), ...found })
  }
  return details
}

function summaryOf(json: string): PackageDetails {
  if (!json.startsWith('"')) return {}
  const { is } = object(`{"is":${json}}`)
  const [first = ''] = String(is).split('\n')
  return first === '' ? {} : { summary: first }
}

function foundOrigin(json: string): PackageDetails {
  const from = originOf(object(`{"is":${json}}`).is)
  if (!isBuilt(from) || from.repository === undefined || from.commit === undefined) return {}
  const { repository, commit, ref, builder, finishedAt, machine, dirty } = from
  return {
    origin: {
      repository,
      commit,
      ...(ref !== undefined && { ref }),
      ...(builder !== undefined && { builder }),
      ...(finishedAt !== undefined && { built: finishedAt }),
      ...(machine.name !== undefined && { machine: machine.name }),
      ...(dirty && { dirty }),
    },
  }
}
