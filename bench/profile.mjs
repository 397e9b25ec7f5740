// Reads what `node --cpu-prof` wrote.
import { readFileSync } from 'node:fs'

/** Part of the time on the core, from 0 to 1, that was spent in files whose url holds `room`, and in all they called. */
export function shareOf(room, file) {
  const { nodes, samples, timeDeltas } = JSON.parse(readFileSync(file, 'utf8'))
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const own = new Map()
  samples.forEach((id, at) => {
    own.set(id, (own.get(id) ?? 0) + timeDeltas[at])
  })
  let [all, inside] = [0, 0]
  const walk = (node, isInside) => {
    if (node.callFrame.functionName === '(idle)') return
    const now = isInside || node.callFrame.url.includes(room)
    const micros = own.get(node.id) ?? 0
    all += micros
    if (now) inside += micros
    for (const child of node.children ?? []) walk(byId.get(child), now)
  }
  walk(nodes[0], false)
  if (inside === 0) throw new Error(`the profile knows nothing of ${room}`)
  return inside / all
}
