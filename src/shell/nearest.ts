import { nearest } from '../config/nearest.ts'

/** The hint of an error about an unknown word; nothing where no known word is near. */
export function didYouMean(typed: string, known: readonly string[]): { readonly hint?: string } {
  const found = nearest(typed, known)
  return found?.near ? { hint: `did you mean ${found.word}?` } : {}
}
