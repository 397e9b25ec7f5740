import { defineTask, programVersions } from 'gachette'

export const version = defineTask({
  summary: 'Say which gachette this is',
  hosts: 'none',
  params: {
    verbose: { type: 'boolean', summary: 'also of Node, node-ssh, and the git revision' },
  },
  async run(_, { verbose }) {
    const { gachette, ...others } = await programVersions()
    return verbose ? { gachette, ...others } : { gachette }
  },
  answer: (found) =>
    Object.entries(found)
      .map(([name, value]) => `${name} ${value ?? 'unknown'}`)
      .join('\n'),
})
