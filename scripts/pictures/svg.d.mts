import type { Piece } from './screen.mjs'

export function svgOf(
  rows: readonly (readonly Piece[])[],
  options: { readonly columns: number; readonly title: string },
): string
