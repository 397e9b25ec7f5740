/** Why an attempt failed, for whoever decides about another one. */
export class AttemptError extends Error {
  /** `crowded`: the host hung up before it said a word; `passing`: worth another try. */
  readonly kind: 'crowded' | 'passing'

  constructor(kind: AttemptError['kind'], message: string) {
    super(message)
    this.kind = kind
  }
}
