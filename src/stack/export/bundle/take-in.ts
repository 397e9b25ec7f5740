import { createHash } from 'node:crypto'
import { join, type Query, script, sh, TaskError } from '../../../shell/index.ts'
import { warningsOf } from '../../edit/edited.ts'
import { slotOf } from '../../edit/records.ts'
import { editScript } from '../../edit/script.ts'
import { parseAnswer } from '../../facts.ts'
import { parseStackName } from '../../name.ts'
import { JUDGE } from '../../shell/judge.ts'
import { LATEST, LINK_TO } from '../../shell/semver.ts'
import { UNTRUSTED } from '../../shell/untrusted.ts'
import { newEditId, type Store } from '../../store.ts'
import { exportRefusal } from '../failure.ts'
import { PUBLISH, SHOWN } from '../shell/publish.ts'
import { RELEASE } from '../shell/release.ts'
import { STANZAS } from '../shell/stanzas.ts'
import type { Bundle } from './contents.ts'
import { TAKE_IN, UNPACK } from './shell.ts'

/** What became of a bundle in a store. */
export interface TakenIn {
  /** `same`: all of it was there already. `signed`: nothing was new but signatures. */
  readonly change: 'imported' | 'signed' | 'same'
  /** Packages that were not registered before. */
  readonly newPackages: number
  /** Names of the apt suites that are shown now. */
  readonly suites: readonly string[]
  /** Where `latest` leads to now, if that has moved it. */
  readonly latest?: string
  readonly warnings: readonly string[]
}

/** Whether a bundle need not be sent: all of it is there; else the folder that was made for it. */
export type Room = { readonly type: 'there' } | { readonly type: 'folder'; readonly folder: string }

/** Makes a folder on the store's machine for a bundle that is to be sent there, unless all of it is there. */
export function roomFor(store: Store, bundle: Bundle, channels: boolean, id = newEditId()): Query<Room> {
  const folder = `${store.meta}/.gachette/incoming/bundle-${id}`
  const { domain, stack, generation } = bundle.frozen
  const pointer = channels ? bundle.channel : undefined
  const records = [...bundle.records].filter(([path]) => pointer || !path.startsWith('.gachette/channels/'))
  const digests = records.map(
    ([path, bytes]) => `${createHash('sha256').update(bytes).digest('hex')}  ${path}`,
  )
  const links = [
    [`domain/${domain}/stacks/${stack}`, `../../../.gachette/gen/${domain}/${generation}`],
    ...(pointer ? [[`domain/${domain}/stacks/${pointer.channel}`, stack]] : []),
  ]
  const suites = bundle.suites.filter((suite) => suite === stack || suite === pointer?.channel)
  return {
    command: script(sh`umask 022
is_there() {
  cd -- ${store.meta} 2>/dev/null && printf '%s\n' ${digests} | sha256sum --status --check - 2>/dev/null || return
  ${join(
    links.map(([link = '', to = '']) => sh`[ "$(readlink -- ${link})" = ${to} ] || return`),
    '\n  ',
  )}
  ${pointer ? isNewest(domain, pointer.channel, slotOf(pointer.number)) : sh`:`}
  ${join([...suites.map((suite) => sh`[ -f ${`dists/${domain}/${suite}/Release`} ] || return`), sh`:`], '\n  ')}
}
if is_there; then echo there; exit; fi
mkdir -p -- ${folder} || { printf 'unwritable\t%s\n' ${store.meta}; exit 77; }`),
    parse: (stdout) => (stdout === 'there\n' ? { type: 'there' } : { type: 'folder', folder }),
    assumed: { type: 'folder', folder },
    failed: exportRefusal(store),
  }
}

const isNewest = (
  domain: string,
  channel: string,
  slot: string,
) => sh`for newest in ${`.gachette/channels/${domain}/${channel}`}/*.json; do :; done
  [ "\${newest##*/}" = ${`${slot}.json`} ] || return`

/** Verifies a bundle that lies on the store's machine, once more, and puts it in: all of it, or nothing. */
export function takeIn(
  store: Store,
  bundle: Bundle,
  { path, channels, typed }: { readonly path: string; readonly channels: boolean; readonly typed?: string },
  id = newEditId(),
): Query<TakenIn> {
  const { stack, generation, digest, when } = bundle.frozen
  const channel = channels ? bundle.channel : undefined
  return {
    command: editScript(
      store,
      { stack: parseStackName(stack), id, why: `import ${bundle.file.replace(/^.*\//, '')}`.slice(0, 200) },
      sh`bundle=${path}
wanted_generation=${generation}
digest=${digest}
channel=${channel?.channel ?? ''}
slot=${channel ? slotOf(channel.number) : ''}
when=${when}
channel_when=${channel?.when ?? ''}
until=${channel?.until ?? ''}
hold=$meta/debs/.$id
build=-
rebuild=
untrusted=
latest=
newest=
${JUDGE}
${UNTRUSTED}
${LINK_TO}
${LATEST}
${SHOWN}
${STANZAS}
${RELEASE}
${PUBLISH}
${UNPACK}
${TAKE_IN}
${IMPORT}`,
    ),
    parse(stdout) {
      const answer = parseAnswer(stdout)
      const [change, newPackages, latest] = answer.first('took') ?? []
      if (change !== 'imported' && change !== 'signed' && change !== 'same')
        throw new TaskError('the store did not say what became of the bundle')
      const left = answer.all('suite-left').map(([suite]) => suite)
      return {
        change,
        newPackages: Number(newPackages),
        suites: answer.all('suite').map(([suite = '']) => suite),
        ...(latest && { latest }),
        warnings: [
          ...warningsOf(stdout),
          ...left.map(
            (suite) =>
              `the bundle's apt suite ${store.domain}/${suite} does not tell what its packages say, and was left out: export it here`,
          ),
        ],
      }
    },
    assumed: { change: 'imported', newPackages: 0, suites: [], warnings: [] },
    failed: exportRefusal(store, typed),
  }
}

const IMPORT = sh`begin
unpack_bundle
judge_bundle
stage_bundle
take_store
state=new
judge_place
before_state=$state
judge 9>&-
refuse_untrusted
name_files
if [ "$before_state" = known ]; then state=same; fi
copy_generation 9>&-
stage_records
fresh=$(find "$ready/packages" -mindepth 3 -maxdepth 3 -type d 2>/dev/null | wc -l)
register_new 9>&-
link_latest
if [ "$state" != same ] || [ -n "$latest" ] || [ "$fresh" -gt 0 ] || [ -n "$made" ]; then
  settle_disk 9>&-
  [ -z "$made" ] || publish "$wanted_generation"
  accept
  record import "$wanted_generation" null ''
else
  must rm -rf -- "$ready" "$hold"
fi
[ "$state" != new ] || state=imported
fact took "$state" "$fresh" "$latest"
show_suites`
