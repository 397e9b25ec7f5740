import { byNearness } from '../shell/index.ts'

/** The word of a list that is nearest to a mistyped one, and whether it is near enough to be meant. */
export function nearest(
  typed: string,
  known: readonly string[],
): { readonly word: string; readonly near: boolean } | undefined {
  const [best] = byNearness(typed, known)
  return (
    best && {
      word: best.word,
      near: best.distance <= Math.max(1, Math.floor(Math.min(typed.length, 80) / 3)),
    }
  )
}

/** Advice for an unknown word: always names the nearest known one, but asks only when it is near. */
export function didYouMean(typed: string, known: readonly string[]): string | undefined {
  const found = nearest(typed, known)
  return found && (found.near ? `did you mean ${found.word}?` : `the nearest known one is ${found.word}`)
}
