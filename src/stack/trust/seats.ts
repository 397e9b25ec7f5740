/** A signature that holds: a key, and the names under which the allowed signers have it. */
export interface Seal {
  readonly fingerprint: string
  readonly principals: readonly string[]
}

/**
 * Who has signed: as many different names as there are different keys for them. One person with two keys is one
 * signer, and so is one key that is listed under two names.
 */
export function signersOf(seals: readonly Seal[]): readonly string[] {
  const keys = new Map<string, Set<string>>()
  for (const { fingerprint, principals } of seals) {
    const names = keys.get(fingerprint) ?? new Set()
    for (const each of principals) names.add(each)
    keys.set(fingerprint, names)
  }
  const seats = new Map<string, string>()
  // A key takes a free name, or one whose key finds another (Kuhn's augmenting paths).
  const seat = (key: string, tried: Set<string>): boolean => {
    for (const name of [...(keys.get(key) ?? [])].sort()) {
      if (tried.has(name)) continue
      tried.add(name)
      const holder = seats.get(name)
      if (holder === undefined || seat(holder, tried)) {
        seats.set(name, key)
        return true
      }
    }
    return false
  }
  for (const key of [...keys.keys()].sort()) seat(key, new Set())
  return [...seats.keys()].sort()
}
