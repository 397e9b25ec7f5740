/** A run of characters of one look in a row of a screen; `looks` are the names of colours and weights, apart by blanks. */
export interface Piece {
  readonly text: string
  readonly column: number
  readonly columns: number
  readonly looks: string
}

export function screenOf(output: string, columns: number): Piece[][]
