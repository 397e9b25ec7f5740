import { number } from './kinds.ts'
import { programWords } from './kinds-of-programs.ts'
import { setting } from './setting.ts'

/** Where hosts come from that no file names. */
export const INVENTORY = {
  inventory: setting({
    kind: programWords,
    about:
      'A program that prints the hosts and roles there are, as JSON: see docs/hosts.md; what Ansible makes of an inventory will do. It runs on this machine, in the project, when a run needs hosts',
    default: [],
    example: '[./hosts.mjs, --region, eu]',
  }),
  inventory_timeout: setting({
    kind: number({ min: 0.1, max: 3600, unit: 'seconds' }),
    about: 'Longest time for the inventory program, in seconds',
    default: 30,
    example: '30',
  }),
  inventory_cache: setting({
    kind: number({ min: 0, max: 86_400, unit: 'seconds' }),
    about: 'How long its answer is believed before it is asked again, in seconds; 0 asks every time',
    default: 60,
    example: '60',
  }),
}
