/** Whether a whole name fits a pattern of OpenSSH's (`*` any run of characters, `?` any one); case counts. */
export function matchesPattern(pattern: string, name: string): boolean {
  if (!pattern.includes('*') && !pattern.includes('?')) return pattern === name
  // Greedy with one step back to the last star: linear in practice, never exponential on hostile patterns.
  let p = 0
  let n = 0
  let star = -1
  let resume = 0
  while (n < name.length) {
    if (pattern[p] === '*') {
      star = p++
      resume = n
    } else if (p < pattern.length && (pattern[p] === '?' || pattern[p] === name[n])) {
      p++
      n++
    } else if (star >= 0) {
      p = star + 1
      n = ++resume
    } else return false
  }
  while (pattern[p] === '*') p++
  return p === pattern.length
}

/** Whether a word has wildcards in it. */
export const isWildcard = (word: string): boolean => /[*?]/.test(word)
