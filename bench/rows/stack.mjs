export function measure() {
  throw new Error('not written')
}
