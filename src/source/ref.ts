import { printable, UsageError } from '../shell/index.ts'

/** A branch, tag, `origin/<branch>`, full or short commit hash, as git check-ref-format allows it. Made by `parseRef`. */
export type Ref = string & { readonly is: 'Ref' }

/** Longer ones would not fit into a file name. */
const LONGEST_BYTES = 244

/**
 * Reads a ref as somebody typed it, by the rules of git-check-ref-format(1); hashes of full length become lower
 * case. Throws a UsageError.
 */
export function parseRef(text: string): Ref {
  const fault = faultOf(text)
  if (fault !== undefined) throw new UsageError(`${printable(text)} is no branch, tag or commit: ${fault}`)
  return (isFullHash(text) ? text.toLowerCase() : text) as Ref
}

/** Whether the text is a whole commit hash (SHA-1 or SHA-256), which names one commit for ever. */
export const isFullHash = (text: string): boolean => /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/i.test(text)

/** Whether the ref asks for whatever the remote's default branch is. */
export const isDefault = (ref: Ref | undefined): boolean =>
  ref === undefined || ref === 'HEAD' || ref === 'origin/HEAD'

/**
 * What a ref may mean in a mirror, the first that exists wins: the whole hash, `origin/X` as branch X, a branch, a tag,
 * a short hash of four digits or more; `refs/heads/X` and `refs/tags/X` mean just that. Each is a revision for git.
 */
export function meaningsOf(ref: Ref | undefined): readonly string[] {
  if (ref === undefined || isDefault(ref)) return ['refs/gachette/head^{commit}']
  if (isFullHash(ref)) return [`${ref}^{commit}`]
  const exact = /^refs\/(?:heads|tags)\/./.test(ref) ? [ref] : []
  const remote = ref.startsWith('origin/') ? [`refs/heads/${ref.slice('origin/'.length)}`] : []
  const names = [...exact, ...remote, `refs/heads/${ref}`, `refs/tags/${ref}`]
  // The bare hash last: only so does git say that it is ambiguous, and not that it is missing.
  const short = /^[0-9a-f]{4,63}$/i.test(ref) ? [`${ref}^{commit}`, ref] : []
  return [...names.map((name) => `${name}^{commit}`), ...short]
}

function faultOf(text: string): string | undefined {
  if (text === '') return 'it is empty'
  if (Buffer.byteLength(text) > LONGEST_BYTES) return `it is longer than ${LONGEST_BYTES} bytes`
  if (text.startsWith('-')) return 'it starts with a dash'
  if (/\p{Surrogate}/u.test(text)) return 'it holds half a character'
  // git-check-ref-format(1), rules 1 to 10.
  const odd = /[\0-\x20\x7f~^:?*[\\]|\.\.|@\{/.exec(text)
  if (odd !== null) return `${printable(odd[0])} is not allowed in it`
  const parts = text.split('/')
  if (parts.includes('')) return 'a part of it is empty'
  if (parts.some((part) => part.startsWith('.'))) return 'a part of it starts with a dot'
  if (parts.some((part) => part.endsWith('.lock'))) return 'a part of it ends in .lock'
  if (text.endsWith('.')) return 'it ends in a dot'
  return undefined
}
