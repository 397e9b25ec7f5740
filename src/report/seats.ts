import type { RunEvent, StepName } from '../run/index.ts'

/** Moves what happens on a host that a task conducts from here to that host; all else stays where it is. */
export function seatsOf(steps: readonly StepName[]): (event: RunEvent) => RunEvent {
  const conducted = steps.map(({ conducts = [] }) => new Set(conducts))
  return (event) => {
    if (!('on' in event) || event.on === undefined || !conducted[event.step]?.has(event.on)) return event
    const { on, ...rest } = event
    return { ...rest, host: on }
  }
}
