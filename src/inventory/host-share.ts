/** So many of the hosts there are: a number of them, or whole per cent such as `25%`. */
export type HostShare = number | `${number}%`

/** Reads a share as typed: `2`, `25%`; undefined for everything else. */
export function parseHostShare(text: string): HostShare | undefined {
  if (/^\d{1,9}$/.test(text)) return Number(text)
  const [, percent] = /^(\d{1,3})%$/.exec(text) ?? []
  return percent === undefined || Number(percent) > 100 ? undefined : `${Number(percent)}%`
}

/** How many of `total` hosts a share is, rounded down. */
export function countOf(share: HostShare, total: number): number {
  if (typeof share === 'number') return share
  return Math.floor((total * Number.parseInt(share, 10)) / 100)
}
