// `npm run chaos:deploy [-- --seed N --rounds N --round N --quiet]`: faults at random moments of deployments to three throwaway
// hosts, and after each what must be true. What is to happen follows from the seed; --round plays one of its rounds again.
import { spawnSync } from 'node:child_process'
import { parseArgs } from 'node:util'
import { root } from './set-up.mjs'

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Math.floor(Math.random() * 1e6)) },
    rounds: { type: 'string', default: '50' },
    round: { type: 'string' },
    quiet: { type: 'boolean', default: false },
  },
})
for (const [name, value] of Object.entries(values))
  if (typeof value === 'string' && !/^[1-9]\d*$/.test(value)) {
    console.error(`chaos:deploy: --${name} wants a number from 1 on, and not ${value}`)
    process.exit(2)
  }
console.log(`seed ${values.seed}`)
const vitest = `${root}/node_modules/vitest/vitest.mjs`
const { status } = spawnSync(
  process.execPath,
  [vitest, 'run', '--project', 'real', '--reporter=verbose', 'test/e2e/deploy-chaos'],
  {
    cwd: root,
    stdio: 'inherit',
    env: {
      ...process.env,
      GACHETTE_CHAOS_SEED: values.seed,
      GACHETTE_CHAOS_ROUNDS: values.rounds,
      ...(values.round && { GACHETTE_CHAOS_ROUND: values.round }),
      ...(!values.quiet && { GACHETTE_CHAOS_TOLD: 'yes' }),
    },
  },
)
process.exit(status ?? 1)
