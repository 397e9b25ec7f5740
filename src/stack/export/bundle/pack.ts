import { type Query, script, sh, TaskError } from '../../../shell/index.ts'
import { parseAnswer } from '../../facts.ts'
import { base } from '../../shell/base.ts'
import { GENERATION } from '../../shell/generation.ts'
import { FIND, FINISH, LOCK } from '../../shell/lock.ts'
import { MIGRATE } from '../../shell/migrate.ts'
import { newEditId, type Store } from '../../store.ts'
import { exportRefusal } from '../failure.ts'
import { STANZAS } from '../shell/stanzas.ts'

/** Which stack is bundled, and by which channel's pointer it was found. */
export interface ToPack {
  readonly stack: string
  readonly digest: string
  readonly channel?: { readonly channel: string; readonly number: number }
}

/** A bundle that waits to be fetched. */
export interface PackedBundle {
  /** Absolute, on the store's machine. */
  readonly path: string
  /** The folder that is to be removed with it. */
  readonly folder: string
}

/**
 * Packs a frozen stack as one tar archive, on the store's machine: records and signatures, manifests, provenance, its
 * apt suites, and the .debs. Paths are those of the store, in a fixed order, with one time and one owner: equal stacks
 * with equal signatures give equal bytes, and a plain `tar -x` gives a folder that apt can install from.
 */
export function packBundle(
  store: Store,
  { stack, digest, channel }: ToPack,
  id = newEditId(),
): Query<PackedBundle> {
  const pointer = channel ? `${channel.channel}/${String(channel.number).padStart(8, '0')}` : ''
  return {
    command: script(sh`${base(store)}
id=${id}
stack=${stack}
digest=${digest}
pointer=${pointer}
${LOCK}
${FINISH}
${FIND}
${MIGRATE}
${GENERATION}
${STANZAS}
${PACK_BUNDLE}`),
    parse(stdout) {
      const [folder] = parseAnswer(stdout).first('bundle') ?? []
      if (!folder) throw new TaskError('the store did not say where the bundle is')
      return { folder, path: `${folder}/bundle.tar` }
    },
    assumed: { folder: '', path: 'bundle.tar' },
    failed: exportRefusal(store),
  }
}

/** Removes what packing or importing left on the store's machine. */
export const dropFolder = (folder: string): Query<void> => ({
  command: sh`rm -rf -- ${folder}`,
  parse: () => undefined,
  assumed: undefined,
})

const PACK_BUNDLE = sh`finish_if_left
find_stack "$stack" || die 72 no-stack "$stack"
generation_of
generation=$root/gen/$domain/$current
first_word "$generation/.digest" || die 78 foreign-link "$place" "$current"
[ "$word" = "$digest" ] || die 79 moved "$stack" "$word" "$digest"
frozen=.gachette/frozen/$domain/$stack
[ -f "$meta/$frozen.json" ] || die 80 unfrozen "$stack"
IFS= read -r line <"$meta/$frozen.json"
when=\${line#*'"when":"'}
when=\${when%%'"'*}
begin
list_members
cd -- "$meta" || exit
with_signatures() {
  printf '%s\n' "$1.json"
  for each in "$1.sigs"/*.sig; do
    [ ! -f "$each" ] || printf '%s\n' "$each"
  done
}
suite_files() {
  [ -L "dists/$domain/$1" ] || return 0
  shown=.gachette/exports/$domain/$1/$(readlink -- "dists/$domain/$1" | sed 's,.*/,,')
  for each in "$shown/.key" "$shown/InRelease" "$shown/Release" "$shown"/main/binary-*/Packages*; do
    [ ! -f "$each" ] || printf '%s\n' "$each"
  done
}
{
  with_signatures "$frozen"
  [ -z "$pointer" ] || with_signatures ".gachette/channels/$domain/$pointer"
  printf '.gachette/gen/%s/%s/.manifest.json\n' "$domain" "$current"
  suite_files "$stack"
  [ -z "$pointer" ] || suite_files "\${pointer%/*}"
  while IFS=$tab read -r name version arch sum file size; do
    for each in file manifest.json sbom.json build.log.gz; do
      each=packages/$name/version/$version/$each
      [ ! -f "$each" ] || printf '%s\n' "$each"
    done
  done <"$scratch/members"
  sed 's,^,debs/,' "$scratch/files"
} >"$scratch/contents" || unwritten contents
tar --create --file "$scratch/bundle.tar" --format=gnu --no-recursion --dereference --hard-dereference \
  --owner=0 --group=0 --numeric-owner --mode=0644 --mtime="$when" --verbatim-files-from --files-from "$scratch/contents" \
  --transform 's,^\.gachette/exports/\([^/]*/[^/]*\)/[^/]*/,dists/\1/,' || unwritten tar
fact bundle "$scratch"
scratch=`
