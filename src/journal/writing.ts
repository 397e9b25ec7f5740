// The door for whoever begins a run: no more of the room than that takes.
export type { Journal } from './journal.ts'
export { beginJournal, type Keeping } from './open.ts'
export type { Note } from './past.ts'
export { RECORD_VERSION, type RunRecord } from './record.ts'
export { recordPlan } from './recorded-plan.ts'
export { type Known, withheldSetting, withoutSecrets } from './withheld.ts'
