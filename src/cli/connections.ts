import { connectionsOf, type OpenSession } from '../run/index.ts'
import type { ConnectionOptions } from './project.ts'

/** The way to hosts, asking the person at the terminal where there is one. */
export const connections = ({ settings, asking: { prompt } }: ConnectionOptions): OpenSession =>
  connectionsOf(settings, prompt)
