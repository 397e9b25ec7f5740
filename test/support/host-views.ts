import type { Hosts, HostView } from '../../src/report/frame.ts'

/** Hosts for a picture, all at hand. */
export const hostsOf = (views: readonly HostView[]): Hosts => ({
  total: views.length,
  count: (state) => views.filter((view) => view.state === state).length,
  first: (state, most) => views.filter((view) => view.state === state).slice(0, Math.max(0, most)),
  all: () => views,
})
