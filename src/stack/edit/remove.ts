import { type Query, sh, UsageError } from '../../shell/index.ts'
import type { Edit } from '../add.ts'
import { refusal } from '../failure.ts'
import { parsePinnedName, type StackName } from '../name.ts'
import { COMPOSE } from '../shell/compose.ts'
import { newEditId, type Store } from '../store.ts'
import { type Edited, NOTHING_EDITED, parseEdited } from './edited.ts'
import { type EditOptions, editScript } from './script.ts'

/** Unpins packages, all of them or none, as one generation. Their files stay: other stacks may pin them. */
export function removePackages(
  store: Store,
  stack: StackName,
  names: readonly string[],
  options: EditOptions = {},
  id = newEditId(),
): Edit<Edited> {
  if (names.length === 0) throw new UsageError('there is no package to remove')
  const unwanted = [...new Set(names.map(parsePinnedName))]
  const query: Query<Edited> = {
    command: editScript(
      store,
      { ...options, stack, id },
      sh`${COMPOSE}
${REMOVE}`,
    ),
    parse: parseEdited,
    assumed: NOTHING_EDITED,
    failed: refusal(store, options.typed),
  }
  return { query, stdin: [...unwanted, '.', ''].join('\n') }
}

const REMOVE = sh`begin
whole=
: >"$scratch/asked" && : >"$scratch/wanted" || unwritten request
while read -r name; do
  if [ "$name" = . ]; then whole=1; break; fi
  printf '%s\n' "$name" >>"$scratch/asked" || unwritten request
done
[ -n "$whole" ] || die 74 cut
take_stack open
# Not before: a folder of 2013 becomes a generation with all that it has.
must mv -T -- "$scratch/asked" "$scratch/unwanted"
compose 9>&-
if [ -s "$scratch/absent" ]; then
  cat -- "$scratch/absent"
  exit 66
fi
commit remove`
