import { type HostShare, parseHostShare } from '../inventory/host-share.ts'
import type { Kind } from './kinds.ts'
import { kindOf, nameOf } from './raw.ts'

/** So many hosts, or whole per cent of them; `min` is the least of both. */
export function hostShare(min: 0 | 1): Kind<HostShare> {
  const what = `a number of hosts (${min} or more), or per cent of them (${min}% to 100%)`
  return {
    what,
    read(raw, reading) {
      if (raw.kind !== 'scalar')
        return reading.wrong(raw.at, `${reading.name} is ${what}, not ${kindOf(raw)}`)
      const share = parseHostShare(String(raw.value))
      if (share !== undefined && Number.parseInt(String(share), 10) >= min) return share
      return reading.wrong(raw.at, `${reading.name} is ${what}, not ${nameOf(raw)}`)
    },
  }
}
