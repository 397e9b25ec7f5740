import { type Query, script, sh } from '../../shell/index.ts'
import { parseAnswer } from '../facts.ts'
import { refusal } from '../failure.ts'
import type { StackName } from '../name.ts'
import { base } from '../shell/base.ts'
import { COMPOSE } from '../shell/compose.ts'
import { EDIT } from '../shell/edit.ts'
import { FIND, FINISH, LOCK } from '../shell/lock.ts'
import { MIGRATE } from '../shell/migrate.ts'
import { LINK_TO } from '../shell/semver.ts'
import { UNTRUSTED } from '../shell/untrusted.ts'
import { WRITTEN } from '../shell/written.ts'
import { newEditId, type Store } from '../store.ts'
import { type Edited, NOTHING_EDITED, parseEdited } from './edited.ts'
import { type EditOptions, editScript } from './script.ts'

/** What was adopted, and which other stacks show again what their manifests say. */
export interface Adopted extends Edited {
  readonly restored: readonly string[]
}

/** One package of which readers see another version than the manifest has. */
export interface WrittenPin {
  readonly name: string
  /** What readers see; absent where they see nothing, or what is no version. */
  readonly version?: string
  /** What the manifest has; absent where it has no such package. */
  readonly was?: string
}

/** What an old tool wrote through a stack's link. */
export interface WrittenStack {
  readonly pins: readonly WrittenPin[]
  /** The other stacks whose readers see it, too. */
  readonly sharedBy: readonly string[]
}

/** Compares what readers see of a stack with its manifest: nothing differs unless an old tool wrote through the link. */
export function findWritten(store: Store, stack: StackName, options: EditOptions = {}): Query<WrittenStack> {
  return {
    command: script(sh`${base(store)}
stack=${stack}
${LOCK}
${FINISH}
${FIND}
${EDIT}
${MIGRATE}
${WRITTEN}
finish_if_left
find_stack "$stack" || no_stack "$stack"
! is_plain || exit 0
generation_of
scratch=$(mktemp -d) || unwritten "a temporary folder"
trap 'rm -rf -- "$scratch"' EXIT
scan_written
[ -s "$scratch/truth" ] || exit 0
sed 's/^[^\t]*/pin/' -- "$scratch/written" "$scratch/odd"
sharers shared`),
    parse(stdout) {
      const { all } = parseAnswer(stdout)
      return {
        pins: all('pin').map(([, name = '', version, was]) => ({
          name,
          ...(version && { version }),
          ...(was && { was }),
        })),
        sharedBy: all('shared').map(([name = '']) => name),
      }
    },
    assumed: { pins: [], sharedBy: [] },
    failed: refusal(store, options.typed),
  }
}

/**
 * Takes what an old tool wrote through the link of a stack into that stack, as a new generation, and restores all others
 * that shared it. With `restore` nothing is taken: this stack, too, shows again what its manifest says; that is all that
 * may be done to a frozen one.
 */
export function adoptStack(
  store: Store,
  stack: StackName,
  { restore, ...options }: EditOptions & { readonly restore?: boolean } = {},
  id = newEditId(),
): Query<Adopted> {
  return {
    command: editScript(
      store,
      { ...options, stack, id },
      sh`restore=${restore ? 'yes' : ''}
${COMPOSE}
${UNTRUSTED}
${WRITTEN}
${LINK_TO}
${ADOPT}`,
    ),
    parse: (stdout) => ({
      ...parseEdited(stdout),
      restored: parseAnswer(stdout)
        .all('restored')
        .map(([name = '']) => name),
    }),
    assumed: { ...NOTHING_EDITED, restored: [] },
    failed: refusal(store, options.typed),
  }
}

const ADOPT = sh`stage_pins() {
  to=$ready/restore/$domain/$current
  must mkdir -p -- "$to"
  while read -r name version; do
    if [ "$version" = - ]; then
      : >"$to/$name" || unwritten restore
    else
      must mkdir -- "$to/$name"
      printf '%s\n' "$version" >"$to/$name/version" || unwritten restore
    fi
  done <"$scratch/truth"
}
describe_wanted() {
  while read -r name version; do
    is_registered "$name" "$version" || die 66 not-registered "$name" "$version"
    head_of "$meta/packages/$name/version/$version/manifest.json" || printf '%s %s %s -\n' "$name" "$version" "$word" >&7
  done <"$scratch/wanted" 7>"$scratch/undescribed"
  describe_registered "$scratch/undescribed"
}
begin
if [ -n "$restore" ]; then take_stack any; else take_stack open; fi
scan_written 9>&-
digest_of_current
digest=$word
state=same
generation=$current
if [ -n "$restore" ]; then
  : >"$scratch/wanted" && : >"$scratch/unwanted" || unwritten wanted
else
  refuse_odd
fi
if [ -s "$scratch/truth" ]; then sharers restored; fi
if [ -s "$scratch/wanted" ] || [ -s "$scratch/unwanted" ]; then
  describe_wanted 9>&-
  refuse_untrusted
  state=changed
  generation=$stamp-$id
fi
compose 9>&-
if [ "$state" = changed ]; then
  make_generation "$current" "$generation" adopt 9>&-
  must mkdir -p -- "$ready"
  link_to "../../../.gachette/gen/$domain/$generation" "$stack"
fi
if [ -s "$scratch/truth" ]; then
  stage_pins
  settle_disk 9>&-
  [ "$state" != changed ] || publish "$generation"
  accept
  if [ "$state" = changed ]; then record_changes adopt; else record_changes restore; fi
fi
fact generation "$generation" "$digest" "$count" "$state"`
