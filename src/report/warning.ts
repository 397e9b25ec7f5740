import type { RunEvent } from '../run/index.ts'
import { cleanLine } from './clean.ts'
import { prefixOf } from './place-name.ts'
import { reconnectText } from './words.ts'

/** The line for stderr if an event is a warning, of the run or of a task. */
export function warningOf(event: RunEvent): string | undefined {
  if (event.type === 'warning') return `warning: ${lineOf(event.text)}`
  if (event.type === 'log' && event.level === 'warning')
    return `${prefixOf(event)}warning: ${lineOf(event.text)}`
  if (event.type === 'reconnecting') return `${prefixOf(event)}warning: ${lineOf(reconnectText(event))}`
  return undefined
}

const lineOf = (text: string): string => text.split('\n').map(cleanLine).join('\n  ')
