import { isVersion, parseVersion } from '../../deb/index.ts'
import { type Query, script, sh } from '../../shell/index.ts'
import { parseAnswer } from '../facts.ts'
import type { BasePackages } from './base.ts'

/**
 * What a host's apt knows of these names: versions of packages, and of what others provide by that name. Names go to
 * stdin, one per line: hand it to `ask(query, { stdin })`.
 */
export const baseOf = (
  names: readonly string[],
): { readonly query: Query<BasePackages>; readonly stdin: string } => ({
  stdin: names.map((name) => `${name}\n`).join(''),
  query: { command: script(ASK_APT), parse: parseBase, assumed: new Map() },
})

function parseBase(stdout: string): BasePackages {
  const base = new Map<string, (ReturnType<typeof parseVersion> | undefined)[]>()
  for (const [name = '', version = ''] of parseAnswer(stdout).all('has')) {
    const versions = base.get(name) ?? []
    if (version === '') versions.push(undefined)
    else if (isVersion(version)) versions.push(parseVersion(version))
    base.set(name, versions)
  }
  return base
}

// The lists of those that depend on them are long, and stay there.
const ASK_APT = sh`LC_ALL=C
export LC_ALL
xargs -r apt-cache -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= showpkg -- 2>/dev/null | awk -v OFS='\t' '
  /^Package: / { name = $2; part = ""; next }
  /^(Versions|Reverse Depends|Dependencies|Provides|Reverse Provides): ?$/ { part = $0; sub(/: ?$/, "", part); next }
  part == "Versions" && /^[^ ]/ { print "has", name, $1 }
  part == "Reverse Provides" && NF > 0 {
    version = ""
    if (match($0, /\(= [^ )]+\)/)) version = substr($0, RSTART + 3, RLENGTH - 4)
    print "has", name, version
  }'`
