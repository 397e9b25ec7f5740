// A host far away: `far.mjs ADDRESS PORT TO_PORT ROUND_TRIP_MS` passes bytes on to TO_PORT half a round trip later, each way,
// as many as come. The handshake of TCP takes its time as well: the server hears of a connection after one and a half.
import { connect, createServer } from 'node:net'

const [address, port, toPort, roundTripMs] = process.argv.slice(2)
const half = Number(roundTripMs) / 2

createServer({ allowHalfOpen: true, noDelay: true }, (near) => {
  const toFar = later()
  const toNear = later()
  near.on('error', () => toFar(() => far?.destroy()))
  near.on('data', (chunk) => toFar(() => far?.write(chunk)))
  near.on('end', () => toFar(() => far?.end()))
  let far
  // What the client sends meanwhile is on its way behind this.
  toFar(() => {
    far = connect({ host: address, port: Number(toPort), allowHalfOpen: true, noDelay: true })
    far.on('error', () => toNear(() => near.destroy()))
    far.on('data', (chunk) => toNear(() => near.write(chunk)))
    far.on('end', () => toNear(() => near.end()))
  }, half * 3)
}).listen(Number(port), address, () => process.stdout.write('ready\n'))

/** Does one thing after the other, each half a round trip after it was told, or more. */
function later() {
  const due = []
  let isWaiting = false
  const wait = (ms) => {
    isWaiting = true
    setTimeout(next, ms)
  }
  const next = () => {
    isWaiting = false
    while (due.length > 0 && due[0].at <= performance.now() + 0.2) due.shift().act()
    if (due.length > 0) wait(Math.max(1, due[0].at - performance.now()))
  }
  return (act, ms = half) => {
    due.push({ at: Math.max(performance.now() + ms, due.at(-1)?.at ?? 0), act })
    if (!isWaiting) wait(ms)
  }
}
