import { type Command, type Query, script, sh } from '../shell/index.ts'
import type { Store } from '../stack/index.ts'

/** What the store remembers of a host: at which stack it is. */
export interface Deployed {
  readonly host: string
  readonly stack: string
  readonly digest: string
  readonly generation: number
  readonly packages: number
}

/**
 * Writes down in META what was deployed where: `.gachette/deployed/D/HOST.json`, each file replaced as a whole; a host
 * that has nothing any more (generation 0) is struck out. Its stdin comes beside it.
 */
export function recordDeployed(
  { meta, domain, who }: Store,
  hosts: readonly Deployed[],
  when: string,
): { readonly query: Query<void>; readonly stdin: string } {
  const lines = hosts.map(({ host, stack, digest, generation, packages }) => {
    const record = { v: 1, host, domain, stack, digest, generation, when, who, packages }
    return [fileNameOf(host), generation, JSON.stringify(record)].join('\t')
  })
  const command: Command = script(sh`umask 022
tab=${'\t'}
folder=${`${meta}/.gachette/deployed/${domain}`}
mkdir -p -- "$folder" || exit
while IFS=$tab read -r name generation record; do
  if [ "$generation" = 0 ]; then rm -f -- "$folder/$name.json"; continue; fi
  printf '%s\n' "$record" >"$folder/.$name.$$" && mv -fT -- "$folder/.$name.$$" "$folder/$name.json" || exit
done`)
  return {
    query: { command, parse: () => {}, assumed: undefined },
    stdin: lines.map((line) => `${line}\n`).join(''),
  }
}

/** A host's name as a file's: what is neither letter, digit nor one of `._@+:-` is written as %XX. */
export const fileNameOf = (host: string): string =>
  [...Buffer.from(host)]
    .map((byte, at) => {
      const char = String.fromCharCode(byte)
      const isPlain = /[A-Za-z0-9_@+:-]/.test(char) || (char === '.' && at > 0)
      return isPlain ? char : `%${byte.toString(16).padStart(2, '0').toUpperCase()}`
    })
    .join('')
