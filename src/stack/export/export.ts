import { type Query, script, sh, TaskError } from '../../shell/index.ts'
import { parseAnswer } from '../facts.ts'
import { base } from '../shell/base.ts'
import { GENERATION } from '../shell/generation.ts'
import { FIND, FINISH, LOCK } from '../shell/lock.ts'
import { MIGRATE } from '../shell/migrate.ts'
import { newEditId, type Store } from '../store.ts'
import { exportRefusal } from './failure.ts'
import { PUBLISH, SHOWN } from './shell/publish.ts'
import { RELEASE } from './shell/release.ts'
import { STANZAS } from './shell/stanzas.ts'

/** What is exported, and under which name apt finds it. */
export interface Suite {
  /** The stack's own, a channel's, or `latest`. */
  readonly name: string
  readonly stack: string
  /** Of the stack, lower-case hex: another one by now is refused. */
  readonly digest: string
  /** ISO time that the Release is dated; empty: when the stack's generation was made. Never goes back for one name. */
  readonly when: string
  /** ISO time after which apt believes it no more; empty: none. */
  readonly until: string
  /** Of the gpg key that signs; empty: it is not signed. */
  readonly fingerprint: string
}

/** An export on its way: the one that is shown already, one that is shown now, or one that waits for its signature. */
export type ExportStep =
  | ({ readonly state: 'same'; readonly signedBy: string } & ExportFacts)
  | ({ readonly state: 'published' } & ExportFacts)
  | ({ readonly state: 'unsigned'; readonly id: string; readonly release: string } & ExportFacts)

/** What there is to say of an export. */
export interface ExportFacts {
  readonly count: number
  readonly architectures: readonly string[]
}

/** Makes the apt suite; one that needs no signature is shown at once. One that is shown already is left as it is. */
export function prepareExport(
  store: Store,
  suite: Suite,
  typed?: string,
  id = newEditId(),
): Query<ExportStep> {
  return {
    command: script(sh`${exporting(store, suite, id)}
${STANZAS}
${PREPARE}`),
    parse(stdout) {
      // The Release stands last, for its lines are not ours to read.
      const [said = '', release = ''] = stdout.split('release:\n')
      const facts = factsOf(said)
      const [state, signedBy = ''] = parseAnswer(said).first('state') ?? []
      if (state === 'same') return { state, signedBy, ...facts }
      if (state === 'published') return { state, ...facts }
      if (state !== 'unsigned' || release === '')
        throw new TaskError('the store did not say what it exported')
      return { state, id, release, ...facts }
    },
    assumed: { state: 'published', count: 0, architectures: [] },
    failed: exportRefusal(store, typed),
  }
}

/** Shows a prepared export with its InRelease, which goes to stdin, while its Release is the one that was signed. */
export function publishExport(
  store: Store,
  suite: Suite,
  prepared: { readonly id: string; readonly release: string; readonly signed: string },
  typed?: string,
): Query<void> {
  return {
    command: script(sh`${exporting(store, suite, prepared.id)}
release=${prepared.release}
signed=${prepared.signed}
${PUBLISH_SIGNED}`),
    parse: () => undefined,
    assumed: undefined,
    failed: exportRefusal(store, typed),
  }
}

function factsOf(said: string): ExportFacts {
  const [count, architectures = ''] = parseAnswer(said).first('holds') ?? []
  return { count: Number(count), architectures: architectures.split(' ').filter(Boolean) }
}

const exporting = (store: Store, suite: Suite, id: string) => sh`${base(store)}
id=${id}
as=${suite.name}
stack=${suite.stack}
digest=${suite.digest}
when=${suite.when}
until=${suite.until}
gpg=${suite.fingerprint}
suite=$domain/$as
before=
${LOCK}
${FINISH}
${FIND}
${MIGRATE}
${GENERATION}
${SHOWN}
${RELEASE}
${PUBLISH}`

const PREPARE = sh`finish_if_left
find_stack "$stack" || die 72 no-stack "$stack"
generation_of
generation=$root/gen/$domain/$current
first_word "$generation/.digest" || die 78 foreign-link "$place" "$current"
[ "$word" = "$digest" ] || die 79 moved "$stack" "$word" "$digest"
if [ -z "$when" ]; then
  IFS= read -r head <"$generation/.manifest.json"
  when=\${head#*'"when":"'}
  when=\${when%%'"'*}
fi
key="1 $suite $stack $digest $when until=$until gpg=$gpg"
find_shown
# What is signed stays so for who has no key and changes nothing: who imported it.
[ -n "$gpg" ] || [ "\${key%gpg=*}" != "\${old_key%gpg=*}" ] || key=$old_key
if [ "$key" = "$old_key" ] && [ -f "$before/Release" ]; then
  while IFS= read -r line; do
    case $line in 'Architectures: '*) fact holds "$(grep -c '"name":"' "$generation/.manifest.json")" "\${line#*: }" ;; esac
  done <"$before/Release"
  fact state same "$old_gpg"
  exit
fi
[ -n "$gpg" ] || [ -z "$old_gpg" ] || die 78 was-signed "$suite" "$old_gpg"
begin
must mkdir -p -- "$exports"
made=$exports/.$id
must mkdir -- "$made"
list_members
make_stanzas
pack
name_by_hash
make_release
printf '%s\n' "$key" >"$made/.key" || unwritten .key
fact holds "$(wc -l <"$scratch/members")" "$(paste -sd ' ' "$scratch/architectures")"
if [ -z "$gpg" ]; then
  publish_export
  fact state published
  exit
fi
sync -f -- "$made" || unwritten sync
fact state unsigned
echo release:
cat -- "$made/Release"
made=`

const PUBLISH_SIGNED = sh`begin
find_shown
made=$exports/.$id
[ -d "$made" ] || die 66 stage-gone
cat >"$made/InRelease" || unwritten InRelease
sum_of "$made/InRelease"
[ "$sum" = "$signed" ] || die 74 cut
sum_of "$made/Release"
[ "$sum" = "$release" ] || die 79 moved Release "$sum" "$release"
publish_export`
